"""What is kept of a proof: the proof itself, and what the machine and the plan were like when it was taken."""

from dataclasses import dataclass
from typing import Literal

from rigprov.model.proof import Proof


@dataclass(frozen=True)
class Machine:
    """A host in a few lines. A text begins with "not known" where the fact could not be read; None likewise."""

    os: str  # "Ubuntu 24.04.1 LTS"
    kernel: str  # release
    architecture: str  # "x86_64"
    kind: str  # what it is, in words: "virtual machine (kvm)"
    cpu: str
    cores: int  # physical
    ram_mib: int
    gpus: tuple[str, ...]
    driver: str | None  # NVIDIA's; None: there is none
    docker: str | None  # version of the engine; None: not installed


@dataclass(frozen=True)
class PlannedRole:
    """One role of the plan."""

    role: str
    state: Literal["run", "skip", "not_built"]
    reason: str


@dataclass(frozen=True)
class PlannedValue:
    """A value that is not the role's own default, as text; secrets are not in it."""

    name: str
    value: str
    source: str  # "tier", "plan", "inventory", "flag"
    reason: str


@dataclass(frozen=True)
class PlanSummary:
    """A plan without its defaults."""

    tier: str  # "": a server was measured without one
    machine_class: str  # the class whose floor counts; "": no benchmark
    roles: tuple[PlannedRole, ...]
    values: tuple[PlannedValue, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChangedTask:
    """A task that changed something."""

    role: str
    task: str


@dataclass(frozen=True)
class Record:
    """One proof as it is kept."""

    command: Literal["verify", "apply"]
    proof: Proof  # without `raw`
    machine: Machine
    plan: PlanSummary
    changed: tuple[ChangedTask, ...] | None = None  # by `apply`; None: the command changes nothing
    no_samples: str = ""  # why there is no series of clocks, power and temperature

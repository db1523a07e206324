"""What would happen to a host, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

from rigprov.model.proof import Band, Weights
from rigprov.model.tier import Split


class Source(IntEnum):
    """Where a value comes from; a higher one wins."""

    DEFAULT = 0  # the role's own default
    TIER = 1
    PLAN = 2  # decided from the host's facts
    INVENTORY = 3
    FLAG = 4  # --set


@dataclass(frozen=True)
class Value:
    """A role variable's value with its origin and, where it was decided, the reason."""

    value: object
    source: Source
    reason: str = ""


@dataclass(frozen=True)
class Blocker:
    """Why the plan cannot be carried out, and the way out."""

    code: str  # stable, kebab-case: "ram-short"
    message: str  # one sentence, no full stop
    fix: str


@dataclass(frozen=True)
class Destructive:
    """Something that removes or overwrites what is on the host. Carried out only with consent."""

    role: str
    what: str
    consent: str  # the option that gives it
    given: bool


@dataclass(frozen=True)
class Chosen:
    """One decided value: the value and the reason in words."""

    value: object
    reason: str


@dataclass(frozen=True)
class Decision:
    """Outcome of one decision: values for a role, or a reason to leave the role out."""

    values: Mapping[str, Chosen] = field(default_factory=dict)  # full variable name -> choice
    skip: str | None = None  # reason
    blockers: tuple[Blocker, ...] = ()
    warnings: tuple[str, ...] = ()
    destructive: tuple[Destructive, ...] = ()
    reboot: str | None = None  # reason
    reason: str = ""  # what the role does here, in words
    not_built: str | None = None  # reason: the role exists, but not in the form that this host needs


@dataclass(frozen=True)
class Environment:
    """What kind of machine the host is, as far as the roles care."""

    kind: Literal["metal", "vm", "container", "wsl2"]
    systemd: bool
    provider: str | None
    why: str


@dataclass(frozen=True)
class Step:
    """One role of the plan, in order."""

    role: str
    state: Literal["run", "skip", "not_built"]
    reason: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class DiskVerdict:
    """One disk of the host, and why it is taken for models or not."""

    name: str  # kernel name of now; another one after the next boot, maybe
    device: str  # by-id link; "": it has none
    model: str
    size_bytes: int
    verdict: Literal["taken", "blank", "not_taken"]  # blank: it could be named with --format
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class PlannedStorage:
    """Where models will lie, and what becomes of each disk."""

    kind: Literal["disk", "mounted", "volume", "directory"]
    path: str
    mount: str  # mount point of the file system under it; "": not known
    reason: str
    devices: tuple[str, ...]  # by-id links of the disk that is set up for models; empty: none is
    filesystem: str
    options: tuple[str, ...]
    owner: str
    group: str
    format: bool
    raid0: bool
    ephemeral: str  # why what is there is lost when the machine is stopped; "": it is not
    disks: tuple[DiskVerdict, ...]
    advice: tuple[str, ...]


@dataclass(frozen=True)
class PlannedBenchmark:
    """What `verify` will measure on this host.

    With synthetic weights the file has the shape, tensor types and size of the real one; it is written on the host by
    `verify`, so that `sha256` is not known before and empty.
    """

    model: str  # catalogue key
    path: str  # GGUF file on the host
    sha256: str
    size_bytes: int
    context: int
    floor: float  # decode tokens/s
    machine_class: str
    reason: str
    quantisation: str = ""
    parameters: int = 0
    active_parameters: int = 0  # that one token uses
    bytes_per_token: int = 0  # weights read for one token
    kv_bytes_per_position: int = 0  # key/value cache at f16, for each token in the context
    layers: int = 0
    moe: bool = False
    weights: Weights = "real"
    weights_reason: str = ""  # why they are synthetic
    split: Split = "none"
    flash_attention: bool | None = None  # None: left to the engine
    gpus: tuple[int, ...] = ()  # that hold the model, by the driver's index (PCI order); empty: the CPU, or not known yet
    expected: Band | None = None  # predicted, from the catalogue's bandwidth
    expected_reason: str = ""  # why nothing is predicted


@dataclass(frozen=True)
class PlannedDriver:
    """NVIDIA's driver in one place, for scripts: what the step of role `nvidia_driver` comes to."""

    source: str  # adopt, ubuntu, debian, nvidia
    branch: str
    flavour: str  # of the kernel modules: open, proprietary; "" where it could not be told
    modules: str  # prebuilt, dkms, present
    packages: tuple[str, ...]
    pin: Literal["hold", "pinning package", "none"]
    reboot: str | None  # reason; None: no reboot
    reasons: Mapping[str, str]  # by field


@dataclass(frozen=True)
class Plan:
    """Everything that would be done to one host."""

    host: str
    tier: str
    environment: Environment
    steps: tuple[Step, ...]
    blockers: tuple[Blocker, ...]
    warnings: tuple[str, ...]
    destructive: tuple[Destructive, ...]
    reboot: str | None  # reason; None: no reboot
    benchmark: PlannedBenchmark | None
    driver: PlannedDriver | None = None  # None: none is decided for this host
    storage: PlannedStorage | None = None  # None: the tier keeps no models

    @property
    def roles(self) -> tuple[str, ...]:
        """Roles that will run, in order."""
        return tuple(step.role for step in self.steps if step.state == "run")

    def variables(self) -> dict[str, object]:
        """Values of all roles that run, by variable name, for the generated inventory."""
        return {key: value.value for step in self.steps if step.state == "run" for key, value in step.values.items()}

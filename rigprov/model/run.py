"""What a run of the roles did."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class TaskRecord:
    """One task that changed something or failed."""

    role: str
    task: str
    outcome: Literal["changed", "failed", "unreachable"]
    message: str = ""


@dataclass(frozen=True)
class RoleTime:
    """Wall time of one role on one host, in seconds."""

    role: str
    seconds: float


@dataclass(frozen=True)
class HostRun:
    """The run on one host."""

    host: str
    state: Literal["ok", "failed", "unreachable", "not_started", "interrupted"]
    ok: int
    changed: int
    tasks: tuple[TaskRecord, ...]
    roles: tuple[RoleTime, ...]
    failure: str = ""  # cause, in words
    fix: str = ""
    notes: tuple[str, ...] = ()  # what did not keep the run from going well


@dataclass(frozen=True)
class RunSummary:
    """One `ansible-playbook` process."""

    hosts: tuple[HostRun, ...]
    seconds: float
    log_dir: str  # where the whole log lies on the controller

"""Many hosts in one run: batches, what held them up, and each host's end in one line."""

from dataclasses import dataclass
from typing import Literal

Gate = Literal["reach", "roles", "speed"]


@dataclass(frozen=True)
class Failure:
    """A host that did not pass a gate."""

    host: str
    gate: Gate  # reach: it answers; roles: they ran to their end; speed: the proof is a pass
    reason: str  # one sentence, no full stop
    fix: str = ""


@dataclass(frozen=True)
class Batch:
    """Hosts that are worked on together."""

    hosts: tuple[str, ...]
    state: Literal["passed", "failed", "not started"]
    log_dir: str = ""  # of Ansible's run; "": none was needed


@dataclass(frozen=True)
class Quarantine:
    """Why a host is left out of rolling runs, noted on the controller."""

    host: str
    since: str  # ISO 8601 with zone
    gate: Gate
    reason: str
    fix: str = ""


@dataclass(frozen=True)
class Roll:
    """A rolling run."""

    serial: str  # as the user wrote it
    batches: tuple[Batch, ...]
    failures: tuple[Failure, ...] = ()
    stopped: str = ""  # why it ended before the last batch; "": it did not
    left_out: tuple[Quarantine, ...] = ()

    @property
    def not_started(self) -> tuple[str, ...]:
        """Hosts that the run did not come to, in order."""
        return tuple(host for batch in self.batches if batch.state == "not started" for host in batch.hosts)


@dataclass(frozen=True)
class Row:
    """One host of a run. None: there is no such figure."""

    host: str
    tier: str
    state: str  # "done", "failed", "unreachable", "blocked", "quarantined", "not started", "interrupted"
    changed: int | None = None  # tasks that changed something
    drift: int | None = None  # what was not as the last run had left it
    verdict: str = ""  # of the proof; "": not measured in this run
    tokens_per_s: float | None = None
    floor: float | None = None
    gate: str = ""  # that it did not pass
    reason: str = ""  # why it is not done

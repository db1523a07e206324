"""What the ledger says of a role on a host."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Drift:
    """One difference between what a run left and what is there now."""

    what: str  # "file /etc/docker/daemon.json"
    field: str  # "mode"; "" where the whole thing is another one or gone
    expected: str
    found: str


@dataclass(frozen=True)
class Verdict:
    """One role on one host.

    Args:
        role: its name.
        state: "holds": what the last run left is there, and this run would leave the same; "drifted": somebody changed what it
            left; "changed": this run wants something else; "unknown": nothing that can be believed is noted.
        reason: one sentence, no full stop; "" for "holds".
        applied: when the role ran last, ISO 8601 in UTC; "": not known.
        drift: differences, for "changed" as well.
    """

    role: str
    state: Literal["holds", "drifted", "changed", "unknown"]
    reason: str = ""
    applied: str = ""
    drift: tuple[Drift, ...] = ()

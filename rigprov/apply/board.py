"""Where each host stands while the roles run. Pure: time comes in as an argument."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rigprov.apply.events import Event


@dataclass
class Row:
    """One host's state."""

    roles: tuple[str, ...]  # of its plan, in order
    expected: Mapping[str, float] = field(default_factory=dict)  # role -> seconds, from earlier runs
    role: str = ""
    role_since: float = 0.0
    task: str = ""
    changed: int = 0
    ended: str = ""  # "done", "failed", "unreachable"

    @property
    def number(self) -> int:
        """Position of the present role, from 1; 0 before the first."""
        return self.roles.index(self.role) + 1 if self.role in self.roles else 0

    def rest(self, now: float) -> float | None:
        """Seconds that earlier runs let expect; None when a role to come has never been run."""
        coming = self.roles[self.number :]
        known = [self.expected.get(role) for role in coming]
        present = self.expected.get(self.role) if self.role else 0.0
        if present is None or any(seconds is None for seconds in known):
            return None
        return max(0.0, present - (now - self.role_since)) + sum(seconds or 0.0 for seconds in known)


class Board:
    """All hosts' rows, kept up to date by events."""

    def __init__(self, roles: Mapping[str, tuple[str, ...]], expected: Mapping[str, Mapping[str, float]], now: float) -> None:
        self.rows = {host: Row(of_host, expected.get(host, {}), role_since=now) for host, of_host in roles.items()}
        self.since = now

    def take(self, event: Event, now: float) -> None:
        """Note one event."""
        if event.kind == "stats":
            for each in self.rows.values():
                each.ended = each.ended or "done"
        row = self.rows.get(event.host)
        if row is None:
            return
        match event.kind:
            case "start":
                row.task, row.ended = event.task, ""  # it goes on: a `rescue` caught what had failed
            case "changed":
                row.changed += 1
            case "failed" | "unreachable":
                row.ended = event.kind
        # A task that a condition skips must not make its role look begun.
        if event.kind in {"ok", "changed", "failed"} and event.role in row.roles and event.role != row.role:
            row.role, row.role_since = event.role, now


def duration(seconds: float | None) -> str:
    """Minutes and seconds, "1:05"; "?" where it is not known."""
    return "?" if seconds is None else f"{int(seconds) // 60}:{int(seconds) % 60:02d}"

"""Who changed a package, and when, as apt's own history tells."""

import re
from dataclasses import dataclass

from rigprov.doctor.seen import clipped, upstream

_UNATTENDED = "unattended-upgrade"
_CHANGE = re.compile(r"(\S+?):\w+ \(([^,)]+)(?:, ([^,)]+))?(?:, automatic)?\)")


@dataclass(frozen=True)
class Change:
    """One run of apt that brought a version of a package."""

    when: str  # local time of the host: "2026-11-20 06:31:12"
    command: str
    package: str
    before: str  # upstream version; "": it was not installed
    after: str

    @property
    def unattended(self) -> bool:
        """Whether nobody asked for it."""
        return _UNATTENDED in self.command

    @property
    def evidence(self) -> tuple[str, ...]:
        """As apt wrote it, in short."""
        return (
            clipped(f"apt history: {self.when}: {self.command}"),
            f"apt history: {self.package} ({self.before or 'new'} -> {self.after})",
        )


def brought(history: str, pattern: str, version: str) -> Change | None:
    """The last run that brought a package to a version.

    Args:
        history: `/var/log/apt/history.log`.
        pattern: regular expression for the package's name, from its start.
        version: upstream version.
    """
    found = [change for block in history.split("\n\n") for change in _changes(block)]
    wanted = [one for one in found if one.after == version and re.match(pattern, one.package)]
    return wanted[-1] if wanted else None


def _changes(block: str) -> list[Change]:
    fields = {key: value.strip() for line in block.splitlines() for key, _, value in [line.partition(":")]}
    when, command = " ".join(fields.get("Start-Date", "").split()), fields.get("Commandline", "apt")
    upgrades = _CHANGE.findall(fields.get("Upgrade", "")) + _CHANGE.findall(fields.get("Downgrade", ""))
    changes = [Change(when, command, name, upstream(old), upstream(new)) for name, old, new in upgrades if new]
    installs = _CHANGE.findall(fields.get("Install", ""))
    return changes + [Change(when, command, name, "", upstream(new)) for name, new, _ in installs]

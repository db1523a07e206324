"""What the callback plugin has seen of a run. Ansible's workers are forked from its process, so the action plugin sees it too."""

from __future__ import annotations

import getpass
import os
import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rigprov.ledger.declared import Thing
from rigprov.ledger.touched import plain, touched


@dataclass
class Watch:
    """One `ansible-playbook` process."""

    pid: int = 0  # of Ansible; 0: the callback plugin is not at work
    since: str = ""
    begun: set[str] = field(default_factory=set)  # hosts whose entries were taken out before their roles ran
    seen: dict[tuple[str, str], list[Thing]] = field(default_factory=dict)  # host, role -> what modules wrote
    blind: dict[tuple[str, str], str] = field(default_factory=dict)  # host, role -> why not all of it was seen

    def start(self) -> None:
        """The process begins."""
        self.pid, self.since = os.getpid(), time.strftime("%H:%M:%S")

    def take(self, host: str, role: str, action: str, result: Mapping[str, object]) -> None:
        """One task's end on a host."""
        if plain(action) == "ledger" and result.get("begun"):
            self.begun.add(host)
        if not role:
            return
        try:
            self.seen.setdefault((host, role), []).extend(touched(action, result))
        except ValueError as error:
            self.blind.setdefault((host, role), str(error))

    def lost(self, host: str, role: str, why: str) -> None:
        """The plugin itself failed."""
        self.blind.setdefault((host, role), why)

    def why_not(self, host: str, role: str) -> str:
        """Why the end of a role cannot be noted; "" where it can."""
        if not self.pid:
            return "the callback plugin rigprov.workstation.ledger is not enabled"
        if host not in self.begun:
            return "the playbook's first task did not take the host: it was skipped, or failed"
        return self.blind.get((host, role), "")


WATCH = Watch()


def token(pid: int) -> str:
    """Distinct for each process on any controller."""
    return "|".join((platform.node(), _namespace(), str(pid), _started(pid)))


def gone(run: str) -> bool:
    """Whether the run of a token was one of this machine's and has ended. One of another machine's may be anything."""
    node, namespace, pid, started = [*run.split("|"), "", "", "", ""][:4]
    if (node, namespace) != (platform.node(), _namespace()) or not pid.isdigit():
        return False
    return _started(int(pid)) != started


def words(pid: int, since: str) -> str:
    """A run in words, for whoever has to wait for it."""
    return f"{getpass.getuser()}@{platform.node()} (process {pid}{f', since {since}' if since else ''})"


def _namespace() -> str:
    """Of process numbers: machines in containers may share a name."""
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _started(pid: int) -> str:
    """When a process began, in ticks since the boot; "" for one that has ended, also where nobody has taken note of that yet."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if fields[0] in "ZX" else fields[19]
    except (OSError, IndexError):
        return ""

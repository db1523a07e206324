"""The only place that starts Ansible."""

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rigprov.apply import child, settings
from rigprov.apply.events import Event, Tally, parse
from rigprov.apply.inventory import Inventory
from rigprov.apply.logs import RunLog
from rigprov.apply.stop import Stop
from rigprov.catalog.content import collections_path
from rigprov.errors import ApplyError
from rigprov.facts.scratch import scratch
from rigprov.model.run import RunSummary

SITE = "rigprov.workstation.site"
ROLLBACK = "rigprov.workstation.rollback"
FORKS = 10  # hosts worked on at a time
_LINES = 4  # of Ansible's last words
# A Unix socket's name has at most 103 bytes (macOS; Linux: 107), and ssh's is up to 58 bytes longer than the place.
_LONGEST_PLACE = 45
_POLL_S = 1  # how often a silent Ansible is looked at; also the longest delay of Ctrl-C


def run(
    playbook: str,
    inventory: Inventory,
    *,
    log: RunLog,
    on_event: Callable[[Event], None],
    check: bool = False,
    forks: int = FORKS,
) -> RunSummary:
    """Run a playbook to its end.

    Args:
        playbook: fully qualified name in the collection, or a path.
        inventory: hosts with all their values.
        log: where everything is kept.
        on_event: called for each event that matters, in this thread.
        check: only predict.
        forks: hosts worked on at a time.

    Raises:
        ApplyError: Ansible could not be started.
    """
    started = time.monotonic()
    with _private() as private, Stop() as stop:
        collections = collections_path(private)
        hosts = _inventory_file(private, inventory)
        watch = _Watch(Tally(inventory.hosts), stop, log, inventory.names, hosts, on_event)
        flags = ["--check", "--diff"] if check else []
        code = _ansible(private, collections, [playbook, *flags, "-i", str(hosts), "--forks", str(forks)], watch)
        _close_connections(private / "cp")
    if not watch.tally.started and not stop.requested:
        raise ApplyError(
            f"Ansible did not start: {watch.last_words() or f'exit code {code}'}", hint=f"its whole output is in {log.directory}"
        )
    ended = watch.tally.hosts(interrupted=bool(stop.requested), broken=watch.last_words())
    return RunSummary(hosts=ended, seconds=round(time.monotonic() - started, 1), log_dir=str(log.directory))


@dataclass
class _Watch:
    """Takes ansible-runner's events."""

    tally: Tally
    stop: Stop
    log: RunLog
    names: Mapping[str, str]
    hosts_file: Path
    on_event: Callable[[Event], None]
    said: deque[str] = field(default_factory=lambda: deque(maxlen=_LINES))  # lines that belong to no task: warnings, errors

    def take(self, raw: dict[str, Any]) -> bool:
        """One event. Returns False: ansible-runner need not keep it as well."""
        self.stop.pid = self.stop.pid or raw.get("pid")
        event = parse(raw, self.names)
        if event is None:
            self._note(raw)
        else:
            self.tally.take(event)
            if event.kind == "play":
                # Ansible has read it; what it holds of secrets shall not stay behind if this process is killed.
                self.hosts_file.unlink(missing_ok=True)
            self.on_event(event)
        self.log.event(raw)
        return False

    def last_words(self) -> str:
        """What Ansible said last outside of any task, as one line."""
        sentence = re.split(r"\bOrigin: ", " ".join(" ".join(self.said).split()))[0]  # what follows quotes a playbook
        return sentence.removeprefix("[ERROR]: ").removeprefix("ERROR! ").strip().rstrip(".")

    def _note(self, raw: Mapping[str, Any]) -> None:
        line = str(raw.get("stdout") or "").strip()
        if line and raw.get("event") in {"verbose", "error"}:
            if line.startswith(("[ERROR]", "ERROR!")):
                self.said.clear()  # from here on it is about this
            if not self.said or len(self.said) < _LINES or not self.said[0].startswith(("[ERROR]", "ERROR!")):
                self.said.append(line)


def _ansible(private: Path, collections: Path, arguments: list[str], watch: _Watch) -> int:
    import ansible_runner  # slow to import; `--help` must not pay for it

    ran = ansible_runner.run(
        private_data_dir=str(private),
        binary=sys.executable,
        cmdline=shlex.join(["-P", child.__file__, *arguments]),
        envvars=settings.variables(private, collections, os.environ),
        settings={"pexpect_timeout": _POLL_S, "suppress_output_file": True},
        quiet=True,
        event_handler=watch.take,
        cancel_callback=watch.stop,
    )
    return int(ran.rc or 0)


@contextmanager
def _private() -> Iterator[Path]:
    """A directory for this user only, in memory where the system offers that; gone when the run ends."""
    with scratch("ansible", _place(os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir())) as made:
        for name in ("cp", "home"):
            (made / name).mkdir(mode=0o700)
        (made / settings.CONFIG).touch(mode=0o600)
        yield made


def _place(*wanted: str) -> Path:
    """The first that can be written and leaves room for the name of a socket in it, else /tmp."""
    fit = [Path(path) for path in wanted if len(path.encode()) <= _LONGEST_PLACE and os.access(path, os.W_OK)]
    return [*fit, Path("/tmp")][0]  # noqa: S108 - a directory with a random name is made in it


def _inventory_file(private: Path, inventory: Inventory) -> Path:
    """In a directory of its own, since Ansible looks for group_vars beside it."""
    directory = private / "hosts"
    directory.mkdir(mode=0o700)
    path = directory / "hosts.json"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(inventory.data, file)
    return path


def _close_connections(sockets: Path) -> None:
    """End the shared SSH connections: they would linger for a minute."""
    for path in sockets.iterdir():
        # The host's name only has to be there; the socket decides.
        command = ["ssh", "-o", f"ControlPath={path}", "-O", "exit", "rigprov"]
        subprocess.run(command, check=False, capture_output=True, timeout=10)  # noqa: S603 - fixed arguments

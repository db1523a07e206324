"""The engine as a service: its configuration, its control command, its process."""

from __future__ import annotations

import glob
import json
import os
import re
import subprocess
import time
from typing import Any

from rigprov.verify.host import machine
from rigprov.verify.host.failure import Failed

RUNNING = 0
ENDED = ("auto-restart", "failed", "dead")  # states, in systemd's words; the supervisor script uses the same


def configuration(path: str, *, whole: bool = False) -> dict[str, Any]:
    """`server.json`: the keys that are read here.

    Args:
        path: of the file.
        whole: all keys that the role wrote, those for the engine alone too.

    Raises:
        Failed: not there, or not what the role writes.
    """
    content = machine.text(path)
    if not content:
        raise Failed("configuration", f"{path} is not there: no engine was set up")
    try:
        found = json.loads(content)
        known = {key: kind(found[key]) for key, kind in _KEYS.items()}
    except (ValueError, KeyError, TypeError) as error:
        raise Failed("configuration", f"{path} is damaged: {type(error).__name__} {error}") from error
    return {**found, **known} if whole else known


_KEYS: dict[str, Any] = {"model": str, "host": str, "port": int, "threads": int, "context": int, "gpu_layers": str}


class Service:
    """The control command that the role puts on the host.

    Args:
        command: `rigprov-llm`; knows start, stop, status, state, stale, logs.
    """

    def __init__(self, command: str) -> None:
        self._command = command

    def _call(self, *words: str, timeout_s: float = 30) -> tuple[int, str]:
        try:
            done = subprocess.run(  # noqa: S603
                [self._command, *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=timeout_s,
                check=False,
            )
        except OSError as error:
            raise Failed("configuration", f"{self._command} cannot be run ({error.strerror}): no engine was set up") from error
        except subprocess.TimeoutExpired as error:
            raise Failed("engine", f"{self._command} {words[0]} did not end within {timeout_s:.0f} s") from error
        return done.returncode, done.stdout.decode("utf-8", "replace").strip()

    def running(self) -> bool:
        """Whether the service is switched on, as its own command says; also while it waits to be started once more."""
        return self._call("status")[0] == RUNNING

    def ended(self) -> bool:
        """Whether the engine itself is down, for good or until the next attempt."""
        return self._call("state")[1] in ENDED

    def stale(self) -> bool:
        """Whether the running engine was started with other settings or files than those on disk now."""
        return self._call("stale")[0] == 0

    def start(self, timeout_s: float) -> None:
        """Starts it; doesn't wait for the model.

        Raises:
            Failed: the command said no.
        """
        code, said = self._call("start", timeout_s=timeout_s)
        if code:
            raise Failed("engine", f"the engine did not start: {said or f'exit code {code}'}", self.log())

    def stop(self) -> None:
        """Stops it."""
        self._call("stop", timeout_s=120)

    def log(self, lines: int = 12) -> list[str]:
        """Its last words."""
        try:
            return self._call("logs", str(lines))[1].splitlines()[-lines:]
        except Failed as error:
            return [f"its log cannot be read: {error}"]


def listener(port: int) -> int | None:
    """Process that listens on a TCP port: its id, 0 where it cannot be seen, None where nobody listens. Needs root."""
    wanted = {
        "socket:[" + fields[9] + "]"
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for fields in (line.split() for line in machine.text(table).splitlines()[1:])
        if fields[3] == "0A" and int(fields[1].rsplit(":", 1)[1], 16) == port
    }
    if not wanted:
        return None
    for link in glob.iglob("/proc/[0-9]*/fd/*"):  # noqa: PTH207
        try:
            if os.readlink(link) in wanted:  # noqa: PTH115
                return int(link.split("/")[2])
        except OSError:
            continue  # the process ended meanwhile
    return 0


def describe(pid: int) -> str:
    """A process in words, without its arguments (they may hold secrets)."""
    return f"{machine.text(f'/proc/{pid}/comm') or 'a process'} (process {pid})" if pid else "another process"


def loaded(pid: int, model: str) -> str | None:
    """How the process holds the model's file: "current", "replaced" (an older file under that name), None: not mapped."""
    for line in machine.text(f"/proc/{pid}/maps").splitlines():
        fields = line.split(None, 5)
        if len(fields) == 6 and fields[5].startswith(model):  # noqa: PLR2004
            return "replaced" if fields[5].endswith(" (deleted)") else "current"
    return None


def version(pid: int, build: str) -> str:
    """Name and version of the engine: of the wheel whose library the process has loaded, else the program and its build."""
    for library in re.findall(r"(/\S+/site-packages)/(\w+)/\S+\.so", machine.text(f"/proc/{pid}/maps")):
        for info in glob.glob(f"{library[0]}/{library[1]}-*.dist-info"):  # noqa: PTH207
            return os.path.basename(info)[: -len(".dist-info")].replace("-", " ", 1)  # noqa: PTH119
    try:
        program = os.path.basename(os.readlink(f"/proc/{pid}/exe"))  # noqa: PTH115, PTH119
    except OSError:
        program = "engine"
    return f"{program} {build}".strip()


def cpus(pid: int) -> int | None:
    """CPUs that the process may use; None where it cannot be seen. Fewer than there are: it was tied to some (taskset)."""
    try:
        return len(os.sched_getaffinity(pid)) if pid else None
    except OSError:
        return None


def gone(pid: int, within_s: float) -> bool:
    """Whether a process has ended, or does so soon: one that dies closes its connections first. False for 0."""
    until = time.monotonic() + within_s
    while pid:
        state = machine.text(f"/proc/{pid}/stat").rpartition(")")[2].split()
        if not state or state[0] in "ZX":
            return True
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return False

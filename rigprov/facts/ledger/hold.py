"""One run at a time on a host: a small process there holds a lock for as long as the run's connection lives. Runs on hosts."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

LOCK = "/run/rigprov-apply.lock"
_POLL_S = 0.5
_LONGEST_S = 24 * 3600
_SERVERS = ("sshd", "dropbear")


def take(path: str, who: dict[str, Any], watched: int | None = None) -> dict[str, Any]:
    """Hold the lock for a run, or go on holding it.

    Args:
        path: of the lock file, which stays.
        who: `token`, distinct for each run, and `text`, what others are told; `gone`, tokens of runs that have ended.
        watched: process whose end is the end of the run. None: the server of the connection that this came by.

    Returns:
        {} where the lock is held now or no process could be watched, else {"held": who holds it, "run": its token}.
    """
    number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        if not _locked(number):
            holder = _read(number)
            if holder.get("token") == who["token"]:
                return {}
            if holder.get("token") not in who.get("gone", []) or not _retake(number, holder):
                return _told(holder)
        watched = watched or _server()
        if watched is not None:
            _leave_holder(number, dict(who, watched=watched))
    finally:
        os.close(number)
    return {}


def holder_of(path: str) -> dict[str, Any]:
    """Who holds the lock, as `take` tells it; {} for nobody, and without root: whoever may open the file may lock it."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return {}
    try:
        return {} if _locked(number) else _told(_read(number))
    finally:
        os.close(number)


def release(path: str, token: str) -> None:
    """End the holder of this run, if it is one."""
    with contextlib.suppress(OSError):
        number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            holder = _read(number)
            if holder.get("token") == token and not _locked(number):
                _end(holder)
        finally:
            os.close(number)


def _told(holder: dict[str, Any]) -> dict[str, Any]:
    # "run", not "token": what is called a token is taken out of what the probe told, as a secret.
    return {"held": str(holder.get("text", "another run")), "run": str(holder.get("token", ""))}


def _locked(number: int) -> bool:
    """Whether the lock could be had; it goes again when the descriptor is closed."""
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _retake(number: int, holder: dict[str, Any]) -> bool:
    _end(holder)
    for _ in range(20):
        if _locked(number):
            return True
        time.sleep(0.1)
    return False


def _end(holder: dict[str, Any]) -> None:
    pid = holder.get("pid")
    if isinstance(pid, int) and pid > 1 and _started(pid) == holder.get("started"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _leave_holder(number: int, who: dict[str, Any]) -> None:
    """A process of its own inherits the lock: locks of flock(2) belong to the open file, not to who opened it."""
    ready, told = os.pipe()
    if os.fork():
        os.close(told)
        os.read(ready, 1)  # the file names the holder before anybody is told that the lock is held
        os.close(ready)
        return
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        text = json.dumps(dict(who, gone=[], pid=os.getpid(), started=_started(os.getpid()))).encode()
        os.ftruncate(number, 0)
        os.pwrite(number, text, 0)
        os.close(ready)
        os.close(told)
        _wait(who["watched"])
    finally:
        os._exit(0)


def _wait(watched: int) -> None:
    begun, end = _started(watched), time.monotonic() + _LONGEST_S
    while begun and _started(watched) == begun and time.monotonic() < end:
        time.sleep(_POLL_S)


def _server() -> int | None:
    """The nearest ancestor that serves a login over the network."""
    pid = os.getpid()
    while pid > 1:
        try:
            name, parent = _stat(pid)[:2]
        except OSError:
            return None
        if name.startswith(_SERVERS):
            return pid
        pid = int(parent)
    return None


def _started(pid: int) -> str:
    """When a process began, in ticks since boot; "" where there is none."""
    try:
        return _stat(pid)[2]
    except OSError:
        return ""


def _stat(pid: int) -> tuple[str, str, str]:
    """Name, parent, and start of a process."""
    head, _, rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    fields = rest.split()
    return head.partition("(")[2], fields[1], fields[19]


def _read(number: int) -> dict[str, Any]:
    try:
        found = json.loads(os.pread(number, 4096, 0))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}

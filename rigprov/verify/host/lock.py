"""One examination at a time: two would measure each other."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator

from rigprov.verify.host.failure import Failed


@contextlib.contextmanager
def alone(path: str) -> Iterator[None]:
    """Holds the host's lock. The kernel drops it when the process ends, however that happens; the file stays.

    Args:
        path: of the lock file, in a directory that only root can write to.

    Raises:
        Failed: another examination holds it; says whose.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        raise Failed("lock", f"the lock {path} cannot be made: {error.strerror}") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 200).decode("utf-8", "replace").strip() or "another process"
            raise Failed("lock", f"another `rigprov verify` measures here: {holder}", fix="wait until it has ended") from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, _who().encode())
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _who() -> str:
    user = os.environ.get("SUDO_USER") or os.environ.get("LOGNAME") or f"user {os.getuid()}"
    return f"process {os.getpid()}, started by {user} at {time.strftime('%H:%M:%S %Z')}"

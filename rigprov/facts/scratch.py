"""Directories for the length of one run. What a killed run left behind is removed by the next one."""

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = "rigprov-"
_LOCK = ".in-use"


@contextmanager
def scratch(purpose: str, parent: Path | None = None) -> Iterator[Path]:
    """An empty directory for this user only, gone on leaving.

    It may come to hold secrets (an inventory, an environment), and a process that gets SIGKILL cannot tidy up. Its lock ends
    with it, though, so that the next run knows which directories are nobody's any more.

    Args:
        purpose: part of its name.
        parent: where it is made; the system's directory for temporary files by default.
    """
    where = parent or Path(tempfile.gettempdir())
    _sweep(where)
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{purpose}-", dir=where) as made:
        descriptor = _claim(Path(made))
        try:
            yield Path(made)
        finally:
            os.close(descriptor)


def _claim(directory: Path) -> int:
    """Locked before it gets its name: nobody ever sees it free while its owner lives."""
    unnamed = directory / f"{_LOCK}.new"
    descriptor = os.open(unnamed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    unnamed.rename(directory / _LOCK)
    return descriptor


def _sweep(where: Path) -> None:
    for directory in where.glob(f"{_PREFIX}*"):
        if _is_ours(directory) and _is_abandoned(directory):
            shutil.rmtree(directory, ignore_errors=True)


def _is_ours(directory: Path) -> bool:
    """Anybody may make a directory, or a link, of such a name in a shared place."""
    with suppress(OSError):
        found = directory.lstat()
        return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    return False


def _is_abandoned(directory: Path) -> bool:
    try:
        descriptor = os.open(directory / _LOCK, os.O_WRONLY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(descriptor)

"""State of files, directories and links. Runs on hosts, with the Python that is there (3.8 and later) and nothing else."""

from __future__ import annotations

import grp
import hashlib
import os
import pwd
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

_CHUNK = 1 << 20
_SKIPPED = "__pycache__"  # any program may write these, and what they hold follows from what lies beside them


def path_state(name: str, *, big: bool = False) -> dict[str, Any]:
    """What lies at a path. A link tells where it points to and what a file there holds.

    Args:
        name: absolute path.
        big: too large to be read each time: size and time of the last change stand for the content.
    """
    try:
        found = os.lstat(name)
    except (FileNotFoundError, NotADirectoryError):
        return {"is": "absent"}
    owned = {"owner": _owner(found.st_uid), "group": _group(found.st_gid)}
    if stat.S_ISLNK(found.st_mode):
        target = {"sha256": file_sha256(name)} if Path(name).is_file() else {}
        return {"is": "link", "to": os.readlink(name), **target, **owned}
    owned["mode"] = "%04o" % stat.S_IMODE(found.st_mode)  # noqa: UP031 - as chmod and find write it
    if stat.S_ISDIR(found.st_mode):
        return {"is": "directory", **owned}
    if not stat.S_ISREG(found.st_mode):
        return {"is": "neither file nor directory", **owned}
    if big:
        # Not the time that `touch` sets: this one moves with every change, and nobody can set it back.
        return {"is": "file", "bytes": found.st_size, "changed_ns": found.st_ctime_ns, **owned}
    return {"is": "file", "sha256": file_sha256(name), **owned}


def tree_state(name: str) -> dict[str, Any]:
    """Everything below a directory in one hash: names, sizes, times, modes and owners, not the content itself."""
    if not Path(name).is_dir():
        return path_state(name)
    total, count = hashlib.sha256(), 0
    for path in _below(name):
        found = os.lstat(path)
        row: list[object] = [os.path.relpath(path, name), found.st_mode, found.st_uid, found.st_gid]
        if stat.S_ISREG(found.st_mode):
            row += [found.st_size, found.st_mtime_ns]
        elif stat.S_ISLNK(found.st_mode):
            row.append(os.readlink(path))
        total.update(repr(row).encode("utf-8", "surrogateescape"))
        count += 1
    return {"is": "tree", "entries": count, "sha256": total.hexdigest()}


def _below(name: str) -> Iterator[str]:
    for folder, folders, files in os.walk(name):
        folders[:] = sorted(each for each in folders if each != _SKIPPED)
        yield from (f"{folder}/{each}" for each in sorted([*folders, *files]))


def file_sha256(name: str) -> str:
    """Hash of a file's content."""
    total = hashlib.sha256()
    with Path(name).open("rb") as stream:
        for block in iter(lambda: stream.read(_CHUNK), b""):
            total.update(block)
    return total.hexdigest()


def block_state(name: str, marker: str) -> dict[str, Any]:
    """The lines between two markers of a file that others write as well.

    Args:
        name: absolute path.
        marker: a line with `{mark}` in it, which stands for BEGIN and END.
    """
    try:
        lines = Path(name).read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        begin, end = (lines.index(marker.replace("{mark}", mark)) for mark in ("BEGIN", "END"))
    except (FileNotFoundError, ValueError):
        return {"is": "absent"}
    text = "\n".join(lines[begin : end + 1])
    return {"is": "block", "sha256": hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()}


def _owner(number: int) -> str:
    return _named(lambda: pwd.getpwuid(number).pw_name, number)


def _group(number: int) -> str:
    return _named(lambda: grp.getgrgid(number).gr_name, number)


def _named(look: Callable[[], str], number: int) -> str:
    try:
        return look()
    except KeyError:
        return str(number)

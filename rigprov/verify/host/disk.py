"""The disk under a model's file: what it is, how fast it reads, and whether a load that follows really comes from it."""

from __future__ import annotations

import contextlib
from typing import Any

from rigprov.verify.host import coldread, disks, pages

_IN_MEMORY = ("tmpfs", "ramfs", "devtmpfs", "hugetlbfs")
_PATIENCE_S = 60.0  # that a load from the disk may take longer than one from memory


def examine(path: str, *, may_drop: bool) -> dict[str, Any]:
    """`disk`: see `disks.under`; `read`: see `coldread.measure`.

    Args:
        path: of the file.
        may_drop: whether no engine wants it now.
    """
    found = disks.under(path)
    if found["file_system"] in _IN_MEMORY:
        found["read"] = {"reason": f"the file lies in memory ({found['file_system']})"}
        return {"disk": found}
    if found["hidden"]:
        found["read"] = {"reason": f"whether disk image {found['hidden']} is in the host's memory cannot be seen from here"}
        return {"disk": found}
    found["read"] = coldread.measure(path, found["backing"], may_drop=may_drop)
    return {"disk": found}


def before_load(path: str, size: int) -> dict[str, Any]:
    """The same while no engine runs; then `cached`, the share of the file in memory when the load begins.

    That file was hashed a moment ago, so a load that began now would show the speed of memory. The kernel is told to forget it
    unless the disk is so slow that loading from it would hold up the measurement.
    """
    found = examine(path, may_drop=True)
    seen = found["disk"]
    rate = seen["read"].get("gb_s")
    with contextlib.suppress(OSError):  # the file is gone: the engine says it
        if not rate or size / rate / 1e9 <= _PATIENCE_S:
            pages.drop(path, *seen["backing"])
        seen["cached"] = None if seen["hidden"] else pages.most_resident([path, *seen["backing"]])
    return found

"""Processes and the CPU time they have used. Linux, from /proc."""

from __future__ import annotations

import ctypes
import os
from typing import Any

_TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_SHOWN = 3
_NOTICEABLE = 0.1  # cores


def stat(pid: int) -> tuple[int, str, float] | None:
    """Parent, name and CPU seconds of a process, all its threads; None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            content = file.read()
    except OSError:
        return None
    name, fields = content[content.find("(") + 1 : content.rfind(")")], content[content.rfind(")") + 2 :].split()
    if len(fields) < 13:  # noqa: PLR2004
        return None
    return int(fields[1]), name, (int(fields[11]) + int(fields[12])) / _TICK


def snapshot() -> dict[int, tuple[int, str, float]]:
    """Every process that can be seen."""
    found = {}
    for entry in os.listdir("/proc"):  # noqa: PTH208
        if entry.isdigit():
            one = stat(int(entry))
            if one is not None:
                found[int(entry)] = one
    return found


def tree(pid: int, seen: dict[int, tuple[int, str, float]]) -> set[int]:
    """A process and all that descend from it: some engines decode in a child."""
    found, grown = {pid}, True
    while grown:
        more = {child for child, (parent, _, _) in seen.items() if parent in found} - found
        found |= more
        grown = bool(more)
    return found


def busiest(
    before: dict[int, tuple[int, str, float]], after: dict[int, tuple[int, str, float]], ours: set[int], seconds: float
) -> list[dict[str, Any]]:
    """The processes that used most CPU between two snapshots, those in `ours` left out: name, pid, cores; at most three.

    Names only: a command line may hold secrets.
    """
    used = []
    for pid, (_, name, total) in after.items():
        cores = (total - (before[pid][2] if pid in before else 0.0)) / seconds
        if pid not in ours and cores >= _NOTICEABLE:
            used.append({"name": name, "pid": pid, "cores": round(cores, 2)})
    return sorted(used, key=lambda one: -float(str(one["cores"])))[:_SHOWN]


def end_with_parent(number: int) -> None:
    """Asks the kernel to send this process a signal when its parent ends (`PR_SET_PDEATHSIG`, linux/prctl.h)."""
    ctypes.CDLL(None).prctl(1, number)

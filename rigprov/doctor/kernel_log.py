"""Looks for known lines in the kernel's log."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rigprov.doctor.kernel_lines import TABLE, Known, Where
from rigprov.doctor.seen import clipped
from rigprov.model.diagnosis import Finding

_BEFORE, _AFTER = 1, 3  # lines quoted around the one that matches, where the driver wrote them too
_SLOT = re.compile(r"\b([0-9a-fA-F]{4,8}):([0-9a-fA-F]{2}:[0-9a-fA-F]{2})\b")  # domain, bus and device


@dataclass(frozen=True)
class Hit:
    """A known line that was found.

    Args:
        known: the row.
        finding: with its evidence.
        slots: GPUs that the lines name ("0000:01:00"); empty: they name none.
    """

    known: Known
    finding: Finding
    slots: frozenset[str]


def hits(log: Sequence[str], layer: Where) -> list[Hit]:
    """Known lines of a layer in the table's order, each kind once, with its last occurrence."""
    found = []
    for known in TABLE:
        matches = [(at, match) for at, line in enumerate(log) if (match := re.search(known.pattern, line))]
        if known.layer == layer and matches:
            at, match = matches[-1]
            quoted = _around(log, at)
            groups = tuple((group or "").strip() for group in match.groups())
            finding = Finding(known.code, _filled(known.what, groups), quoted, _filled(known.fix, groups))
            found.append(Hit(known, finding, slots(line for seen_at, _ in matches for line in _around(log, seen_at))))
    return found


def slots(lines: Iterable[str]) -> frozenset[str]:
    """Domain, bus and device of every PCI address in the lines: "0000:01:00"."""
    return frozenset(f"{int(domain, 16):04x}:{rest.lower()}" for line in lines for domain, rest in _SLOT.findall(line))


def _around(log: Sequence[str], at: int) -> tuple[str, ...]:
    """The line, and the driver's own lines right before and after it."""
    first, last = at, at
    while first > 0 and at - first < _BEFORE and _by_driver(log[first - 1]):
        first -= 1
    while last + 1 < len(log) and last - at < _AFTER and _continues(log[last + 1]):
        last += 1
    return tuple(clipped(line) for line in log[first : last + 1])


def _by_driver(line: str) -> bool:
    return "The NVIDIA" in line and "NVRM" in line


def _continues(line: str) -> bool:
    """A further line of one message: journalctl indents it, dmesg repeats the prefix without an address."""
    return "NVRM:" in line and not _SLOT.search(line) and "Xid" not in line


def _filled(text: str, groups: tuple[str, ...]) -> str:
    return " ".join(text.replace("{0}", groups[0] if groups and groups[0] else "").split())

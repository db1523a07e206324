"""Swap, from the sections of a recording."""

from typing import Any

from rigprov.facts.parse import hardware, swap
from rigprov.facts.reader import Reader
from rigprov.model.host import Missing
from rigprov.model.swap import Swapping

_ABSENT = 3  # the probe's own status for "there is no way to ask"


def around(reader: Reader) -> dict[str, Any]:
    """Fields of `HostFacts` that tell of swap."""
    return {
        "swaps": reader.parse("swaps", hardware.swaps),
        "fstab_swaps": reader.parse("fstab", hardware.fstab_swaps),
        "swapping": _beyond(reader),
    }


def _beyond(reader: Reader) -> Swapping:
    """All fields of `Swapping`. Recordings of earlier versions do not have these sections."""
    sections = ("swapon-allowed", "swap-files", "swap-managers", "resume", "swappiness", "btrfs")
    if all(reader.section(name) is None for name in sections):
        return Swapping()
    no_way = reader.rc("swapon-allowed") == _ABSENT
    return Swapping(
        allowed=Missing("there is no perl to ask with") if no_way else reader.parse("swapon-allowed", swap.allowed),
        files=reader.parse("swap-files", swap.files),
        managers=reader.parse("swap-managers", swap.managers),
        resume=reader.parse("resume", swap.resume),
        swappiness=reader.parse("swappiness", swap.swappiness),
        btrfs=reader.parse("btrfs", swap.btrfs),
    )

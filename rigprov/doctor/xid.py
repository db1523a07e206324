"""Xid errors: what the driver writes into the kernel's log when a GPU or a program on it fails.

Meanings after NVIDIA's own catalogue (docs.nvidia.com/deploy/xid-errors), in short.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rigprov.doctor.seen import clipped
from rigprov.model.diagnosis import Finding

FALLEN, VGPU_START = 79, 78
_XID = re.compile(r"NVRM: Xid \((?:PCI:)?([0-9a-fA-F:.]+)\): ([0-9]{1,6})\b")
_PROGRAM = "the program that used the GPU is the cause; if other programs show it too, test memory and cooling"
_RESET = "stop what uses the GPU and reset it (`nvidia-smi --gpu-reset -i N`), or reboot"
_HARDWARE = "reboot; if it comes back, the card is to be replaced"
_LINK = "look after the card's seat, its riser or bridge, and its power"


@dataclass(frozen=True)
class Xid:
    """What one number means."""

    what: str
    fix: str
    grave: bool = False  # the GPU computes no more until something is done


KNOWN: dict[int, Xid] = {
    8: Xid("the GPU did not answer within its time limit", _RESET),
    13: Xid("a program's kernel failed on the GPU", _PROGRAM),
    31: Xid("a program touched memory on the GPU that is not its own", _PROGRAM),
    32: Xid("the command buffer of a program was damaged", _LINK),
    38: Xid("the driver's firmware failed", "install a newer release of the same branch"),
    43: Xid("a program's channel was stopped", _PROGRAM),
    45: Xid("a program ended while the GPU still worked for it", "nothing, unless it was not stopped on purpose"),
    46: Xid("the GPU stopped working", _RESET, grave=True),
    48: Xid("memory of the GPU has an error that cannot be corrected", _HARDWARE, grave=True),
    54: Xid("the card's extra power is missing", "plug in all of the card's power cables"),
    61: Xid("the GPU's internal controller halted", _RESET),
    62: Xid("the GPU's internal controller halted", _RESET),
    63: Xid("a part of the GPU's memory was retired, or will be", "reset the GPU or reboot, so that it takes effect"),
    64: Xid("a part of the GPU's memory could not be retired", _HARDWARE, grave=True),
    68: Xid("the video decoder failed", _PROGRAM),
    69: Xid("the graphics engine failed in a program", _PROGRAM),
    74: Xid("an NVLink connection failed", _LINK),
    VGPU_START: Xid(
        "the guest's driver does not fit the host's: a virtual GPU takes a guest driver of the host's vGPU branch",
        "install the guest (GRID) driver that the provider names today for this machine type; no version is right for ever",
        grave=True,
    ),
    FALLEN: Xid(
        "the GPU has fallen off the bus",
        "switch the machine off and on; look after power supply and cables, riser and slot, and heat. No driver mends this",
        grave=True,
    ),
    92: Xid("many corrected errors in the GPU's memory", _HARDWARE),
    94: Xid("a memory error was contained: one program was stopped", "start that program again; reset the GPU when it is idle"),
    95: Xid("a memory error could not be contained", _RESET, grave=True),
    109: Xid("switching between programs took too long", _PROGRAM),
    110: Xid("the security engine failed", _HARDWARE, grave=True),
    119: Xid("the GPU's own processor (GSP) does not answer", _RESET, grave=True),
    120: Xid("the GPU's own processor (GSP) failed", _RESET, grave=True),
    121: Xid("the link between CPU and GPU had errors that were corrected", _LINK),
    140: Xid("memory of the GPU has errors that were not corrected", _RESET, grave=True),
    143: Xid("the GPU did not start", _RESET, grave=True),
    154: Xid("the driver says what the GPU needs to recover", "do what the line says: reset the GPU, or reboot", grave=True),
}


@dataclass(frozen=True)
class Event:
    """Xids of one number on one GPU."""

    number: int
    slot: str  # as the line writes it: "0000:01:00"
    count: int
    line: str  # the last

    @property
    def grave(self) -> bool:
        """Whether the GPU computes no more after it."""
        return self.number in KNOWN and KNOWN[self.number].grave

    @property
    def finding(self) -> Finding:
        """In words."""
        known = KNOWN.get(self.number, Xid("an error that rigprov does not know", "look it up in NVIDIA's Xid catalogue"))
        times = "" if self.count == 1 else f", {self.count} times"
        return Finding(f"xid-{self.number}", f"GPU {self.slot}: {known.what} (Xid {self.number}{times})", (self.line,), known.fix)


def events(log: Sequence[str]) -> list[Event]:
    """Each number on each GPU once, in order of first occurrence."""
    found: dict[tuple[int, str], Event] = {}
    for line in log:
        if match := _XID.search(line):
            key = (int(match[2]), match[1].lower())
            count = found[key].count + 1 if key in found else 1
            found[key] = Event(*key, count, clipped(line))
    return list(found.values())

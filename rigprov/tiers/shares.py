"""What share of the memory bandwidth a healthy machine reaches while decoding, from published measurements. Pure.

A token is read from memory, so its time is never shorter than bytes / bandwidth, the ideal time. How near a machine comes to
that depends on the kind of memory and on how long the ideal time is:

* long tokens (14 ms and more): reading is all that counts, and the share is the same from card to card;
* middle: reading counts most;
* short tokens, and a mixture of experts: hundreds of small kernels are launched for each token, and the time beyond reading,
  in milliseconds, is what carries over from one card to a faster one. A fixed share would promise too much there.

So the first two are given by the range of shares that was seen, the others by the range of milliseconds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from rigprov.catalog.gpus import Memory
from rigprov.catalog.reference import Measured, measured

LONG_MS = 14.0  # 70B Q4 on any card, 32B Q4 up to 1300 GB/s, 14B Q4 up to 600 GB/s
SHORT_MS = 4.0  # 8B Q4 above 1150 GB/s, 3B Q4 above 500 GB/s
# Two healthy machines of one kind differ by about a tenth: other builds, clocks, cooling, CPUs beside them.
MARGIN = 0.10
MARGIN_FEW = 0.25  # where the range rests on few rows, or on none of its own
FEW = 5

Length = Literal["long", "middle", "short", "moe"]

MEMORY_WORDS: dict[Memory, str] = {
    "gddr": "graphics memory",
    "hbm": "HBM",
    "unified": "LPDDR shared with the CPU",
    "apple": "an Apple chip's memory",
    "dram": "a CPU's memory at its nominal bandwidth",
    "dram-read": "a CPU's memory at its measured bandwidth",
}
LENGTH_WORDS: dict[Length, str] = {
    "long": f"tokens of {LONG_MS:g} ms and more",
    "middle": f"tokens of {SHORT_MS:g} to {LONG_MS:g} ms",
    "short": f"tokens of less than {SHORT_MS:g} ms",
    "moe": "a mixture of experts",
}


@dataclass(frozen=True)
class Share:
    """Range of the share of the bandwidth, and what it rests on."""

    low: float
    high: float
    rows: tuple[Measured, ...]  # those it rests on
    margin: float  # added on each side of what they say
    derived: str = ""  # how, where no row is of this memory and length; "": from its own rows


def length_of(ideal_ms: float, *, moe: bool) -> Length:
    """Class of a token by its ideal time."""
    if moe:
        return "moe"
    return "long" if ideal_ms >= LONG_MS else "middle" if ideal_ms >= SHORT_MS else "short"


def share(memory: Memory, ideal_ms: float, *, moe: bool = False, rows: Sequence[Measured] | None = None) -> Share:
    """The range for one kind of memory and one token time.

    Args:
        memory: kind of it.
        ideal_ms: bytes read for a token / peak bandwidth.
        moe: a mixture of experts.
        rows: measurements to derive it from; default: the catalogue's.
    """
    counted = [row for row in (measured() if rows is None else rows) if not row.outlier]
    length = length_of(ideal_ms, moe=moe)
    own = _of(counted, memory, length)
    if own and length in ("long", "middle"):
        return _widened(min(row.share for row in own), max(row.share for row in own), own)
    kin = own or _of(counted, *_kin(memory, length))
    if not kin:
        raise ValueError(f"no measurement to derive {memory} and {length} from")
    beyond = sorted(_beyond_ms(row, counted) for row in kin)
    reached = _reached(memory, counted)
    low, high = (ideal_ms / (ideal_ms / reached + ms) for ms in (beyond[-1], beyond[0]))
    how = "" if own else f"{MEMORY_WORDS[kin[0].memory]}, {LENGTH_WORDS[_length(kin[0])]}"
    return _widened(low, high, kin, derived=how)


def _widened(low: float, high: float, rows: Sequence[Measured], *, derived: str = "") -> Share:
    margin = MARGIN if len(rows) >= FEW and not derived else MARGIN_FEW
    return Share(low * (1 - margin), min(high * (1 + margin), 1.0), tuple(rows), margin, derived)


def _of(rows: Iterable[Measured], memory: Memory, length: Length) -> list[Measured]:
    return [row for row in rows if row.memory == memory and _length(row) == length]


def _length(row: Measured) -> Length:
    return length_of(row.ideal_ms, moe=row.moe)


def _kin(memory: Memory, length: Length) -> tuple[Memory, Length]:
    """Where the time beyond reading is taken from, for a class without a row of its own."""
    if memory in ("dram", "dram-read"):
        return "dram-read", "short"  # no kernels are launched on a CPU; its threads wait for each other instead
    if length == "moe":
        return "gddr", "moe"
    return (memory if memory in ("hbm", "apple") else "gddr"), "short"


def _reached(memory: Memory, rows: Iterable[Measured]) -> float:
    """Share while reading: the middle of what long tokens reach."""
    shares = [row.share for row in _of(rows, memory, "long")]
    if not shares:
        raise ValueError(f"no measurement of long tokens from {memory}")
    return (min(shares) + max(shares)) / 2


def _beyond_ms(row: Measured, rows: Iterable[Measured]) -> float:
    """Milliseconds of a token that reading does not explain."""
    return max(1e3 / row.tokens_per_s - row.ideal_ms / _reached(row.memory, rows), 0.0)

"""Two ways of measuring, taken in turns, and what their ratio is worth."""

import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median, quantiles

from rigprov.verify.host import machine

_FEWEST = 5


@dataclass(frozen=True)
class Run:
    """One run: tokens/s, and whether other load disturbed it."""

    tok_s: float
    disturbed: bool


@dataclass(frozen=True)
class Compared:
    """What came of it.

    Args:
        ratio: of the medians, first over second.
        noise: half of the middle 50 % of the pairs' own ratios: what one pair is worth.
        first, second: medians, tokens/s.
        pairs: that count.
        quiet: whether all of them were undisturbed.
    """

    ratio: float
    noise: float
    first: float
    second: float
    pairs: int
    quiet: bool

    @property
    def error(self) -> float:
        """Standard error of the ratio: of a median, from the middle 50 % of normal scatter (1.253 and 1.349 / 2)."""
        return 1.253 * self.noise / (1.349 / 2) / math.sqrt(self.pairs)


def in_turns(first: Callable[[], Run], second: Callable[[], Run], *, pairs: int, limit_s: float) -> Compared:
    """Measures ABBA until there are enough quiet pairs, or the time is up; then all pairs count, quiet or not."""
    seen: list[tuple[Run, Run]] = []
    began = time.monotonic()
    while len(_quiet(seen)) < pairs and (time.monotonic() - began < limit_s or len(seen) < _FEWEST):
        one: Run
        if len(seen) % 2:  # the order alternates, so that a drift hits both alike
            two = second()
            one = first()
        else:
            one = first()
            two = second()
        seen.append((one, two))
    kept = _quiet(seen) if len(_quiet(seen)) >= _FEWEST else seen
    return compared(kept)


def _quiet(seen: list[tuple[Run, Run]]) -> list[tuple[Run, Run]]:
    return [pair for pair in seen if not (pair[0].disturbed or pair[1].disturbed)]


def compared(kept: list[tuple[Run, Run]]) -> Compared:
    """Medians of both sides and the scatter of the pairs."""
    first, second = median(one.tok_s for one, _ in kept), median(two.tok_s for _, two in kept)
    low, _, high = quantiles([one.tok_s / two.tok_s for one, two in kept], n=4)
    return Compared(first / second, (high - low) / 2, first, second, len(kept), quiet=_quiet(kept) == kept)


def load() -> str:
    """How busy the machine is, in words."""
    return f"{os.getloadavg()[0]:.1f} on {machine.physical_cores()} cores"

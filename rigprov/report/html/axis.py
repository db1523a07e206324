"""Axes: from figures to places on a chart. Pure."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Axis:
    """A range of figures with round ends. Places on it are percent of its length."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def place(self, value: float) -> float:
        """Percent from the low end."""
        return round(100 * (value - self.low) / (self.high - self.low), 3)

    def height(self, value: float) -> float:
        """Percent from the high end: charts count downwards."""
        return round(100 - self.place(value), 3)


def axis(values: Iterable[float], *, zero: bool, parts: int = 4) -> Axis:
    """An axis that holds all values.

    Args:
        values: at least one.
        zero: begins at zero, as bars must: their length is what is compared.
        parts: about as many steps.
    """
    known = list(values)
    low, high = min(known), max(known)
    low = min(0.0, low) if zero else low
    if high <= low:  # one value, or many equal ones
        high = low + max(abs(low) * 0.1, 1.0)
    step = _round_step((high - low) / parts)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(round(number * step, 10) for number in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], ticks)


def _round_step(raw: float) -> float:
    power = 10.0 ** math.floor(math.log10(raw))
    return next(factor * power for factor in _STEPS if factor * power >= raw * (1 - 1e-9))

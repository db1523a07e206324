"""The chart that matters: decode speed against floor, band and physical limit. Pure."""

from dataclasses import dataclass
from typing import Any

from rigprov.report.html.axis import Axis, axis
from rigprov.report.html.document import at


@dataclass(frozen=True)
class Mark:
    """A figure and its place, percent from the left."""

    pointer: str  # of the figure, in the document
    value: float
    x: float


@dataclass(frozen=True)
class Speed:
    """The chart's parts. None: not known."""

    axis: Axis
    median: Mark
    runs: tuple[Mark, ...]
    floor: Mark
    low: Mark | None
    high: Mark | None
    limit: Mark | None

    @property
    def band_width(self) -> float:
        """Percent."""
        return round(self.high.x - self.low.x, 3) if self.low and self.high else 0.0


def speed_chart(proof: dict[str, Any], base: str) -> Speed | None:
    """None where nothing was measured.

    Args:
        proof: of the document.
        base: pointer to it.
    """
    if proof["median"] is None:
        return None
    band = proof["band"]
    limit = "/limit_tokens_per_s" if proof["limit_tokens_per_s"] is not None else "/band/limit" if band else ""
    known = [proof["median"], proof["floor"], *proof["runs"], *([band["low"], band["high"], band["limit"]] if band else [])]
    if proof["limit_tokens_per_s"] is not None:
        known.append(proof["limit_tokens_per_s"])
    scale = axis(known, zero=True, parts=5)

    def mark(pointer: str) -> Mark:
        value = at(proof, pointer)
        return Mark(base + pointer, value, scale.place(value))

    return Speed(
        axis=scale,
        median=mark("/median"),
        runs=tuple(mark(f"/runs/{number}") for number in range(len(proof["runs"]))),
        floor=mark("/floor"),
        low=mark("/band/low") if band else None,
        high=mark("/band/high") if band else None,
        limit=mark(limit) if limit else None,
    )

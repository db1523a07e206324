"""Charts over time: a GPU's samples, and the history of a host's speed. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rigprov.report.html.axis import Axis, axis

MOST = 400  # points of a line; more cannot be told apart on a screen
# what is shown, key in the document, unit, how many of the document's units make one, key of the device's own limit
SERIES = (
    ("Core clock", "sm_mhz", "MHz", 1, ""),
    ("Power", "power_w", "W", 1, "power_limit_w"),
    ("Temperature", "temperature_c", "\u00b0C", 1, ""),
    ("Memory used", "used_mib", "GiB", 1024, "memory_total_mib"),
    ("Memory clock", "memory_mhz", "MHz", 1, ""),
)


@dataclass(frozen=True)
class Line:
    """One series. `pieces` are polylines in a box of 1000 x 100; a failed reading ends a piece."""

    title: str
    unit: str
    axis: Axis
    seconds: float
    lowest: float
    highest: float
    pieces: tuple[str, ...]
    limit: float | None  # of the device
    limit_y: float | None  # percent from the top; None: outside of the chart


@dataclass(frozen=True)
class Point:
    """One proof of the history; percent from left and top. `y` is None where nothing was measured."""

    pointer: str
    x: float
    y: float | None
    value: float | None
    verdict: str


@dataclass(frozen=True)
class Trend:
    """The history of one kind of measurement."""

    axis: Axis
    points: tuple[Point, ...]
    path: str  # polyline in a box of 1000 x 100
    floor: float
    floor_y: float
    first: str
    last: str


def sample_lines(device: dict[str, Any]) -> list[Line]:
    """A chart for each series that the driver told."""
    samples = device["samples"]
    found = []
    for title, key, unit, factor, limit in SERIES:
        values = [None if value is None else value / factor for value in samples[key]]
        highest = device[limit] if limit else None
        line = _line(title, unit, samples["t_s"], values, None if highest is None else highest / factor)
        if line is not None:
            found.append(line)
    return found


def trend(history: Sequence[dict[str, Any]], base: str) -> Trend | None:
    """None where there is only one proof of the newest's kind.

    Args:
        history: of the document, newest first.
        base: pointer to it.
    """
    kind = [(number, past) for number, past in enumerate(history) if past["comparable"] and past["median"] is not None]
    dated = [(number, past, when) for number, past in reversed(kind) if (when := _when(past["taken"])) is not None]
    if len(dated) < 2:  # noqa: PLR2004 - one is no trend
        return None
    begin, end = dated[0][2], dated[-1][2]
    floor = dated[-1][1]["floor"]
    scale = axis([floor, *(past["median"] for _, past, _ in dated)], zero=True)
    points = tuple(
        Point(
            pointer=f"{base}/{number}/median",
            x=round(100 * (when - begin) / (end - begin), 3) if end > begin else 50.0,
            y=scale.height(past["median"]),
            value=past["median"],
            verdict=past["verdict"],
        )
        for number, past, when in dated
    )
    path = " ".join(f"{point.x * 10:g},{point.y:g}" for point in points)
    return Trend(scale, points, path, floor, scale.height(floor), dated[0][1]["taken"], dated[-1][1]["taken"])


def thinned(points: Sequence[tuple[float, float]], most: int = MOST) -> list[tuple[float, float]]:
    """At most about `most` points: of each stretch the lowest and the highest, so that no peak is lost."""
    if len(points) <= most:
        return list(points)
    length = 2 * len(points) / most
    kept = []
    for number in range(most // 2):
        stretch = points[int(number * length) : int((number + 1) * length)]
        kept += sorted({min(stretch, key=lambda point: point[1]), max(stretch, key=lambda point: point[1])})
    return kept


def _line(title: str, unit: str, times: list[float], values: list[float | None], limit: float | None) -> Line | None:
    pairs = list(zip(times, values, strict=False))  # the driver may have told one reading less
    known = [value for _, value in pairs if value is not None]
    if not known:
        return None
    near = limit is not None and limit <= 1.5 * max(known)  # a limit far above would flatten the line
    scale = axis([*known, limit] if near and limit is not None else known, zero=False, parts=3)
    begin, end = pairs[0][0], pairs[-1][0]
    pieces = []
    for run in _unbroken(pairs):
        places = [(round(1000 * (when - begin) / ((end - begin) or 1), 1), scale.height(value)) for when, value in run]
        pieces.append(" ".join(f"{x:g},{y:g}" for x, y in thinned(places)))
    limit_y = scale.height(limit) if near and limit is not None else None
    return Line(title, unit, scale, end - begin, min(known), max(known), tuple(pieces), limit, limit_y)


def _unbroken(pairs: Sequence[tuple[float, float | None]]) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = [[]]
    for when, value in pairs:
        if value is not None:
            runs[-1].append((when, value))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _when(taken: str) -> float | None:
    try:
        return datetime.fromisoformat(taken).timestamp()
    except ValueError:
        return None

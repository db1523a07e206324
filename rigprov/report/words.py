"""Figures in words, the same on the terminal and on the page."""

from collections.abc import Sequence
from datetime import UTC, datetime

MINUS = "\u2212"


def signed_percent(share: float) -> str:
    """With a sign and the unit, "+0.4 %"; one decimal below ten percent."""
    percent = share * 100
    digits = 1 if abs(round(percent, 1)) < 10 else 0  # noqa: PLR2004
    text = f"{abs(percent):.{digits}f}"
    sign = "" if float(text) == 0 else MINUS if share < 0 else "+"
    return f"{sign}{text} %"


def moment(iso: str) -> str:
    """ "2026-11-25T06:36:17+00:00" as "2026-11-25 06:36 UTC"; what is no time stamp stays as it is."""
    try:
        when = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if when.tzinfo else f"{when:%Y-%m-%d %H:%M}"


def age(seconds: float) -> str:
    """In the largest unit that fills at least one: "3 days"."""
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        count = int(seconds // length)
        if count >= 1:
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "less than a minute"


def gib(mib: float) -> str:
    """MiB as GiB."""
    return f"{mib / 1024:.1f} GiB"


def speed(tokens_per_s: float) -> str:
    """Tokens/s with what the figure's size allows: three significant digits, at most two decimals."""
    hundred, ten = 100, 10
    digits = 0 if tokens_per_s >= hundred else 1 if tokens_per_s >= ten else 2
    return f"{tokens_per_s:.{digits}f}"


def amount(value: float) -> str:
    """For charts: whole from a hundred on, else one decimal where there is one."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}".removesuffix(".0")  # noqa: PLR2004


def sentence(text: str) -> str:
    """With a capital and a full stop: reasons and fixes are written without."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}." if text else ""


def reason_alone(reason: str, causes: Sequence[str]) -> str:
    """A proof's reason without the causes that it ends with: they have lines of their own, with their fixes."""
    return reason.removesuffix(f"; {'; '.join(causes)}") if causes else reason

"""When to ask again, and after how long. Pure."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

_FIRST_S = 1.0
_LONGEST_S = 16.0


def worth_another(status: int) -> bool:
    """Whether an answer of this HTTP status may be another one in a moment."""
    return status == HTTPStatus.TOO_MANY_REQUESTS or (status >= HTTPStatus.INTERNAL_SERVER_ERROR)


def backoff_s(attempt: int, chance: Callable[[], float] = random.random) -> float:
    """Seconds to wait after a failed attempt (the first is 0): doubled each time, less up to a half by chance.

    Without the chance, everybody whom an overloaded server turned away would come back at the same moment.
    """
    return min(_LONGEST_S, _FIRST_S * 2.0**attempt) * (0.5 + chance() / 2)


def retry_after_s(header: str | None, now: datetime | None = None) -> float | None:
    """Seconds that `Retry-After` asks for, given in seconds or as a date; None where there is none, or none that can be read."""
    value = (header or "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        wanted = parsedate_to_datetime(value)
    except (ValueError, IndexError, OverflowError):
        return None
    # A date without an offset is UTC, as HTTP has it.
    at = wanted if wanted.tzinfo else wanted.replace(tzinfo=UTC)
    return max(0.0, (at - (now or datetime.now(UTC))).total_seconds())

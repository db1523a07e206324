"""When to ask again."""

from datetime import UTC, datetime

import pytest

from rigprov.cloud.retry import backoff_s, retry_after_s, worth_another

NOW = datetime(2026, 11, 26, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("12", 12.0),
        (" 0 ", 0.0),
        ("Thu, 26 Nov 2026 12:00:30 GMT", 30.0),
        ("Thu, 26 Nov 2026 12:00:30 -0000", 30.0),
        ("Thu, 26 Nov 2026 11:00:00 GMT", 0.0),  # it is over
        ("soon", None),
        ("Fri, 31 Dec 2099 23:59:59 +99999999999999", None),  # an offset that no calendar has
        ("-5", None),
        ("١٢", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert retry_after_s(header, NOW) == seconds


def test_backoff_doubles_up_to_a_limit() -> None:
    assert [backoff_s(attempt, lambda: 1.0) for attempt in range(7)] == [1, 2, 4, 8, 16, 16, 16]
    assert [backoff_s(attempt, lambda: 0.0) for attempt in range(3)] == [0.5, 1, 2]


def test_which_answers_may_change() -> None:
    assert [status for status in (400, 401, 403, 404, 410, 429, 500, 502, 503, 504) if worth_another(status)] == [
        429,
        500,
        502,
        503,
        504,
    ]

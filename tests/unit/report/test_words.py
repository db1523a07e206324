import pytest

from rigprov.report.words import age, amount, gib, moment, reason_alone, sentence, signed_percent, speed


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (-0.15, "\u221215 %"),
        (0.0042, "+0.4 %"),
        (-0.0996, "\u221210 %"),
        (-0.094, "\u22129.4 %"),
        (1.5, "+150 %"),
        (0.0, "0.0 %"),
        (-0.0001, "0.0 %"),
    ],
)
def test_signed_percent(share, said):
    assert signed_percent(share) == said


@pytest.mark.parametrize(
    ("iso", "said"),
    [
        ("2026-11-25T06:36:17+00:00", "2026-11-25 06:36 UTC"),
        ("2026-11-25T01:36:17+02:00", "2026-11-24 23:36 UTC"),
        ("2026-11-25T06:36:17", "2026-11-25 06:36"),
        ("soon", "soon"),
        ("", ""),
    ],
)
def test_moment(iso, said):
    assert moment(iso) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "less than a minute"), (59, "less than a minute"), (60, "1 minute"), (7199, "1 hour"), (86400 * 3.9, "3 days")],
)
def test_age(seconds, said):
    assert age(seconds) == said


@pytest.mark.parametrize(("value", "said"), [(131.6, "132"), (82.14, "82.1"), (2.456, "2.46"), (0.5, "0.50")])
def test_speed(value, said):
    assert speed(value) == said


@pytest.mark.parametrize(("value", "said"), [(1745.2, "1745"), (0.4014, "0.4"), (24.0, "24"), (-3.25, "-3.2")])
def test_amount(value, said):
    assert amount(value) == said


def test_gib():
    assert gib(20201) == "19.7 GiB"


@pytest.mark.parametrize(
    ("text", "said"), [("no run", "No run."), ("Done.", "Done."), ("", ""), ("`ls` it", "`ls` it."), ("x...", "X.")]
)
def test_sentence(text, said):
    assert sentence(text) == said


def test_a_reason_is_shown_without_the_causes_that_it_ends_with() -> None:
    assert reason_alone("no run reached the floor; hot; full", ["hot", "full"]) == "no run reached the floor"
    assert reason_alone("no run reached the floor; hot", ["full"]) == "no run reached the floor; hot"
    assert reason_alone("all runs reached the floor", []) == "all runs reached the floor"

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigprov.report.html.axis import axis

FIGURES = st.floats(min_value=-1e6, max_value=1e9, allow_nan=False).filter(lambda value: value == 0 or abs(value) > 1e-3)


@pytest.mark.parametrize(
    ("values", "zero", "ticks"),
    [
        ([13.9, 16, 22.3], True, (0, 10, 20, 30)),
        ([28, 275, 280], False, (0, 100, 200, 300)),
        ([36, 73], False, (30, 40, 50, 60, 70, 80)),
        ([5], True, (0, 2, 4, 6)),
        ([70, 70], False, (70, 72, 74, 76, 78)),
        ([0.0], True, (0, 0.25, 0.5, 0.75, 1)),
    ],
)
def test_round_ticks(values, zero, ticks):
    assert axis(values, zero=zero).ticks == pytest.approx(ticks)


@given(st.lists(FIGURES, min_size=1, max_size=20), st.booleans(), st.integers(2, 6))
def test_every_value_has_a_place_on_it(values, zero, parts):
    made = axis(values, zero=zero, parts=parts)
    places = [made.place(value) for value in values]
    assert all(-0.01 <= place <= 100.01 for place in places)
    assert made.place(made.low) == 0
    assert made.place(made.high) == 100
    assert len(made.ticks) <= 2 * parts + 2
    assert all(made.height(value) == pytest.approx(100 - made.place(value)) for value in values)
    assert not zero or made.low <= 0

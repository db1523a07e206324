import pytest

from rigprov.model.proof import Soak
from rigprov.verify.evidence import SoakRun
from rigprov.verify.soak import soak


def runs(*speeds: float, disturbed: tuple[int, ...] = ()) -> tuple[SoakRun, ...]:
    return tuple(SoakRun(2.0 * index, speed, index in disturbed) for index, speed in enumerate(speeds, 1))


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (runs(30, 30, 30, 30, 27), Soak(10.0, 30, 27, 5)),
        (runs(30, 30, 29, 28, 28, 27, 27, 26, 25, 25), Soak(20.0, 30, 25, 10)),
        (runs(30, 5, 30, 30, 30, 27, disturbed=(2,)), Soak(12.0, 30, 27, 5)),  # what other load slowed down does not count
        (runs(30, 30, 30, 30), None),
        (runs(30, 30, 30, 30, 30, disturbed=(3,)), None),
        ((), None),
    ],
)
def test_first_against_last_fifth(seen: tuple[SoakRun, ...], expected: Soak | None) -> None:
    assert soak(seen) == expected


def test_fall() -> None:
    found = soak(runs(30, 30, 30, 30, 27))
    assert found is not None
    assert found.fall == pytest.approx(0.1)

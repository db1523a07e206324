import pytest

from rigprov.model.missing import Missing
from rigprov.model.proof import Band, Correctness
from rigprov.verify.finding import against_band, against_floor, sane, wrong_result
from rigprov.verify.limit import Limit
from tests.unit.verify.cases import evidence

BAND = Band(150.0, 190.0, 487.0, "RTX 3090, 936 GB/s")


@pytest.mark.parametrize(
    ("runs", "verdict"),
    [
        ((12, 12, 12, 12, 12), "pass"),
        ((10, 30, 20, 15, 11), "pass"),  # every run counts as reached at the floor itself; scatter above it is no matter
        ((9.9, 10.2, 10.3, 10.3, 10.4), "pass"),  # steady, the median above
        ((9.6, 9.7, 9.8, 10.0, 10.1), "slow"),  # steady, the median below
        ((9, 9.5, 9.6, 9.7, 9.9), "slow"),
        ((2, 9.9, 5, 3, 4), "slow"),  # scattered, but never there
        ((5, 15, 12, 12, 12), "unstable"),
        ((9.4, 10.5, 10.5, 10.5, 10.5), "unstable"),  # 10.5 % of scatter
    ],
)
def test_verdict_against_the_floor(runs: tuple[float, ...], verdict: str) -> None:
    assert against_floor(runs, 10.0).verdict == verdict


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("The river carries sand.", True),
        ("Zażółć gęślą jaźń 河は流れる", True),
        ("  \n", False),
        (None, False),
        ("!!!!!!!!!!!!!!!!", False),
        ("the the the the the", True),  # repeats itself, as small models do, but it is text
        ("a\ufffdb\ufffdc\ufffdd\ufffde", False),
        ("\x00\x01\x02\x03abcdefgh", False),
    ],
)
def test_sane_text(text: str | None, good: bool) -> None:
    assert sane(text) is good


@pytest.mark.parametrize(
    ("middle", "band", "slow"),
    [
        (167.0, BAND, False),
        (300.0, BAND, False),  # above the band is no fault; above the limit is judged elsewhere
        (121.0, BAND, False),  # a little below: a remark
        (119.0, BAND, True),
        (56.0, BAND, True),
        (56.0, Missing("not known"), False),
    ],
)
def test_verdict_against_the_band(middle: float, band: Band | Missing, slow: bool) -> None:
    found = against_band(middle, band)
    assert (found is not None) is slow
    if found is not None:
        said = f"{middle:.1f} tok/s reach the floor, but healthy machines of this kind do 150 to 190"
        assert (found.verdict, found.reason) == ("slow", said)


def test_wrong_numbers_are_wrong_however_fast() -> None:
    numbers = Correctness(64, 0.3, 2.0, 0.4, None, passed=False, why="mean KLD 0.3 is above 0.001")
    found = wrong_result(evidence(), Limit(), numbers)
    assert found is not None
    assert (found.verdict, found.reason) == ("wrong", "the model computes wrong numbers: mean KLD 0.3 is above 0.001")
    assert wrong_result(evidence(), Limit(), Correctness(64, 1e-4, 1e-3, 1.0, True, passed=True)) is None


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        ((9.99, 9.99, 9.99), "no run reached the floor of 10 tok/s; the best was 9.99"),
        ((9.9, 9.96, 10.1), "the median of 3 steady runs is 9.96 tok/s, the floor 10"),
        ((9.99999, 9.9999999), "no run reached the floor of 10 tok/s; the best was 9.9999999"),
        ((5.0, 5.0, 5.0), "no run reached the floor of 10 tok/s; the best was 5.0"),
    ],
)
def test_a_speed_just_below_the_floor_is_not_rounded_up_to_it(runs: tuple[float, ...], said: str) -> None:
    assert against_floor(runs, 10.0).reason == said

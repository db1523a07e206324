import math

import pytest

from rigprov.model.proof import Correctness
from rigprov.verify.correct import divergence, judge


def position(first=7, *others, p=0.5):
    """Three listed tokens; the first has probability p, the rest share a half of what is left."""
    rest = others or (8, 9)
    return [[first, math.log(p)]] + [[token, math.log((1 - p) / 4)] for token in rest]


GOLDEN = {"top": [position()] * 20}


def raw(*changed, **more):
    """The golden positions, the first ones replaced."""
    return {"top": [*changed, *[position()] * (20 - len(changed))], **more}


@pytest.mark.parametrize(
    ("found", "passed", "why"),
    [
        (raw(), True, ""),
        (raw(again=[position()] * 20), True, ""),
        (raw(position(p=0.51)), True, ""),
        (raw(*[position(p=0.54)] * 20), False, "the probabilities differ from the CPU's: mean divergence 3.2e-03, limit 2e-03"),
        (raw(again=[position()] * 19 + [position(p=0.5000001)]), False, "the same requests gave other numbers the second time"),
        (raw([[7, None], [8, None]]), False, "at 1 of 20 positions the engine gave no finite log-probabilities"),
        (raw([[7, float("nan")]]), False, "at 1 of 20 positions the engine gave no finite log-probabilities"),
        (raw([[7, float("-inf")]]), False, "at 1 of 20 positions the engine gave no finite log-probabilities"),
        (raw([[7, -3.4028234663852886e38]]), False, "at 1 of 20 positions the engine gave no finite log-probabilities"),
        (raw([]), False, "at 1 of 20 positions the engine gave no finite log-probabilities"),
        ({"top": []}, False, "at 20 of 20 positions the engine gave no finite log-probabilities"),
        ({"top": [position()] * 19}, False, "at 1 of 20 positions the engine gave no finite log-probabilities"),
        ({"top": [position()] * 21}, False, "the engine answered at 21 positions instead of 20"),
    ],
)
def test_judged(found, passed, why):
    judged = judge(found, GOLDEN)

    assert judged.passed is passed
    assert judged.why.startswith(why)
    assert bool(judged.why) is not passed


def test_the_figures():
    assert judge(raw(again=[position()] * 20), GOLDEN) == Correctness(20, 0.0, 0.0, 1.0, repeated=True, passed=True)
    assert judge(raw(), GOLDEN).repeated is None


def test_other_words_with_almost_the_same_probabilities():
    """Three near ties that fall the other way cost three positions of twenty, and hardly any divergence."""
    near, other = [[7, math.log(0.401)], [8, math.log(0.4)]], [[8, math.log(0.401)], [7, math.log(0.4)]]
    judged = judge({"top": [other] * 3 + [near] * 17}, {"top": [near] * 20})

    assert judged.mean_kld is not None
    assert judged.mean_kld < 1e-6
    assert (judged.same_top, judged.passed) == (0.85, False)
    assert judged.why == "the most probable token is the CPU's at 85% of the positions, limit 90%"


@pytest.mark.parametrize(
    ("want", "have", "expected"),
    [
        # two outcomes each: 0.5 ln(0.5/0.4) + 0.5 ln(0.5/0.6)
        ([[1, math.log(0.5)]], [[1, math.log(0.4)]], 0.5 * math.log(0.5 / 0.4) + 0.5 * math.log(0.5 / 0.6)),
        # a token that the other side does not list is taken to be as probable as its least
        (
            [[1, math.log(0.5)], [2, math.log(0.3)]],
            [[1, math.log(0.5)], [3, math.log(0.2)]],
            0.3 * math.log(1.5) + 0.2 * math.log(2 / 3),
        ),
        ([[1, 0.0]], [[1, 0.0]], 0.0),
    ],
)
def test_divergence(want, have, expected):
    assert divergence(want, have) == pytest.approx(expected, abs=1e-8)

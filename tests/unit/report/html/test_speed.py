from dataclasses import replace
from typing import Any

import pytest

from rigprov.report.html.speed import speed_chart
from rigprov.report.json import plain
from tests.unit.report.cases import NOT_MEASURED, RIG, STARTER


def chart(proof):
    content: Any = plain(proof)
    return speed_chart(content, "/hosts/0/proof")


def test_places_are_in_proportion():
    made = chart(RIG)
    assert made.axis.ticks == (0, 5, 10, 15, 20, 25)
    assert (made.median.x, made.floor.x, made.limit.x) == (55.52, 64.0, 89.2)
    assert (made.low.x, made.band_width) == (62.4, 7.2)
    assert [run.value for run in made.runs] == list(RIG.runs)
    assert made.runs[1].pointer == "/hosts/0/proof/runs/1"


def test_without_a_band():
    made = chart(STARTER.proof)
    assert (made.low, made.high, made.band_width) == (None, None, 0.0)
    assert made.limit.value == 190.2


def test_the_bands_limit_stands_in():
    made = chart(replace(RIG, limit_tokens_per_s=None))
    assert made.limit.pointer == "/hosts/0/proof/band/limit"


def test_no_limit_is_known():
    assert chart(replace(STARTER.proof, limit_tokens_per_s=None)).limit is None


@pytest.mark.parametrize("proof", [NOT_MEASURED.proof, replace(RIG, median=None)])
def test_nothing_measured_is_no_chart(proof):
    assert chart(proof) is None

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigprov.model.proof import Device, Samples
from rigprov.report.html.lines import MOST, sample_lines, thinned, trend
from rigprov.report.json import plain
from tests.unit.report.cases import RIG

BARE = Device(0, "NVIDIA T4")


def lines(**changes):
    device: Any = plain(replace(BARE, **changes))
    return sample_lines(device)


def test_what_the_driver_told_is_drawn_and_nothing_else():
    device: Any = plain(RIG.devices[0])
    assert [line.title for line in sample_lines(device)] == [
        "Core clock",
        "Power",
        "Temperature",
        "Memory used",
        "Memory clock",
    ]
    assert lines() == []
    assert lines(samples=Samples((0, 1), (None, None))) == []


def test_a_failed_reading_breaks_the_line():
    (line,) = lines(samples=Samples((0, 1, 2, 3, 4), power_w=(None, 10, None, 20, 20)))
    assert line.pieces == ("250,100", "750,0 1000,0")
    assert (line.lowest, line.highest, line.seconds) == (10, 20, 4)


def test_one_reading_less_than_moments():
    (line,) = lines(samples=Samples((0, 1, 2), power_w=(10, 20)))
    assert line.pieces == ("0,100 1000,0",)


def test_a_single_reading():
    (line,) = lines(samples=Samples((3.0,), power_w=(10,)))
    assert line.pieces == ("0,100",)


@pytest.mark.parametrize(("limit", "drawn"), [(25.0, True), (400.0, False), (None, False)])
def test_a_limit_far_above_is_not_drawn(limit, drawn):
    (line,) = lines(samples=Samples((0, 1), power_w=(10, 20)), power_limit_w=limit)
    assert (line.limit_y is not None) is drawn
    assert line.limit == limit


def test_memory_is_in_gib():
    (line,) = lines(samples=Samples((0, 1), used_mib=(1024, 2048)), memory_total_mib=2560)
    assert (line.lowest, line.highest, line.limit) == (1, 2, 2.5)


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=3000))
def test_thinning_keeps_order_and_extremes(values):
    points = [(float(place), value) for place, value in enumerate(values)]
    kept = thinned(points)
    assert len(kept) <= max(MOST, 1)
    assert kept == sorted(kept)
    assert {min(values), max(values)} <= {value for _, value in kept}
    assert set(kept) <= set(points)


def past(taken, median, verdict="pass", comparable=True):
    return {"taken": taken, "median": median, "verdict": verdict, "comparable": comparable, "floor": 10.0}


def test_trend_is_in_proportion_to_time():
    newest_first = [
        past("2026-11-25T00:00:00+00:00", 20.0),
        past("2026-11-24T00:00:00+00:00", 99.0, comparable=False),
        past("2026-11-23T00:00:00+00:00", None, "not measured"),
        past("2026-11-22T00:00:00+00:00", 5.0, "slow"),
        past("2026-11-21T00:00:00+00:00", 10.0),
    ]
    made = trend(newest_first, "/history")
    assert made is not None
    assert [(point.pointer, point.x, point.y, point.verdict) for point in made.points] == [
        ("/history/4/median", 0, 50, "pass"),
        ("/history/3/median", 25, 75, "slow"),
        ("/history/0/median", 100, 0, "pass"),
    ]
    assert (made.path, made.floor_y) == ("0,50 250,75 1000,0", 50)


@pytest.mark.parametrize(
    "history",
    [
        [past("2026-11-25T00:00:00+00:00", 20.0)],
        [past("2026-11-25T00:00:00+00:00", 20.0), past("soon", 20.0)],
        [past("2026-11-25T00:00:00+00:00", None), past("2026-11-24T00:00:00+00:00", 20.0)],
    ],
)
def test_one_figure_is_no_trend(history):
    assert trend(history, "") is None


def test_two_proofs_of_the_same_second():
    made = trend([past("2026-11-25T00:00:00+00:00", 20.0)] * 2, "")
    assert made is not None
    assert {point.x for point in made.points} == {50.0}

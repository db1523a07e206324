"""Share of the bandwidth that healthy machines reach."""

from dataclasses import replace

import pytest

from rigprov.catalog.reference import measured
from rigprov.tiers.shares import LONG_MS, length_of, share


def row(reached, ideal_ms, memory="gddr", *, moe=False, outlier=""):
    """A measurement at 1000 GB/s that reached this share with a token of this ideal time."""
    base = replace(measured()[0], bandwidth_gb_s=1000.0, kv_bytes_per_position=0, memory=memory, moe=moe, outlier=outlier)
    return replace(base, bytes_per_token=int(ideal_ms * 1e9), tokens_per_s=reached * 1e3 / ideal_ms)


LONG = [row(0.7, 20), row(0.8, 30), row(0.75, 40), row(0.72, 20), row(0.78, 50)]


@pytest.mark.parametrize(
    ("ideal_ms", "moe", "length"),
    [(14.0, False, "long"), (13.9, False, "middle"), (4.0, False, "middle"), (3.9, False, "short"), (50.0, True, "moe")],
)
def test_classes_of_token_time(ideal_ms, moe, length):
    assert length_of(ideal_ms, moe=moe) == length


def test_long_tokens_take_the_range_seen_and_a_tenth():
    found = share("gddr", 100.0, rows=[*LONG, row(0.2, 20, outlier="too old"), row(0.5, 20, "hbm"), row(0.3, 8)])
    assert [found.low, found.high] == pytest.approx([0.7 * 0.9, 0.8 * 1.1])
    assert not found.derived
    assert len(found.rows) == 5


def test_few_rows_widen_the_range():
    found = share("gddr", 100.0, rows=LONG[:2])
    assert [found.low, found.high, found.margin] == pytest.approx([0.7 * 0.75, 1.0, 0.25])


def test_no_share_is_above_one():
    assert share("gddr", 100.0, rows=[row(0.95, 20)] * 5).high == 1.0


def test_short_tokens_carry_milliseconds_over_and_not_the_share():
    # Long tokens reach 0.75, so 3 ms take 4 ms to read; a share of 0.5 means 6 ms, 2 ms beyond reading.
    found = share("gddr", 1.5, rows=[*LONG, *[row(0.5, 3)] * 5])
    assert found.low == pytest.approx(1.5 / (2 + 2) * 0.9)
    assert found.high == pytest.approx(1.5 / (2 + 2) * 1.1)


def test_a_mixture_of_experts_has_its_own_milliseconds():
    found = share("gddr", 2.0, moe=True, rows=[*LONG, *[row(0.5, 3)] * 5, row(0.4, 2, moe=True), row(0.3, 2, moe=True)])
    assert found.low == pytest.approx(0.3 * 0.75)
    assert found.high == pytest.approx(0.4 * 1.25)
    assert [one.moe for one in found.rows] == [True, True]


def test_a_class_without_rows_is_derived_and_says_so():
    hbm = [row(0.5, 20, "hbm")]
    found = share("hbm", 1.0, moe=True, rows=[*LONG, *hbm, row(0.4, 2, moe=True)])
    beyond = 5 - 2 / 0.75
    assert found.low == pytest.approx(1 / (1 / 0.5 + beyond) * 0.75)
    assert found.derived == "graphics memory, a mixture of experts"


def test_a_cpu_is_not_judged_by_the_launches_of_a_gpu():
    rows = [*LONG, row(0.6, 100, "dram"), row(0.9, 100, "dram-read"), row(0.4, 2, moe=True), row(0.3, 2, "dram-read")]
    assert {one.memory for one in share("dram", 20.0, moe=True, rows=rows).rows} == {"dram-read"}


@pytest.mark.parametrize("rows", [[], [row(0.3, 3)]])
def test_nothing_to_derive_from_is_an_error(rows):
    with pytest.raises(ValueError, match="no measurement"):
        share("hbm", 2.0, rows=rows)


@pytest.mark.parametrize("one", measured(), ids=lambda one: f"{one.hardware} {one.model} {one.tokens_per_s:g}")
def test_every_published_row_lies_in_its_class_unless_it_is_an_outlier(one):
    found = share(one.memory, one.ideal_ms, moe=one.moe)
    assert (found.low <= one.share <= found.high) is not bool(one.outlier)


COUNTED = [one for one in measured() if not one.outlier]


@pytest.mark.parametrize("one", COUNTED, ids=lambda one: f"{one.hardware} {one.model}")
def test_a_row_is_mostly_expected_even_by_the_others(one):
    """Each row left out once: the rest must not promise more than twice or less than half of what was measured."""
    others = [other for other in measured() if other is not one]
    if not [other for other in others if other.memory == one.memory and other.ideal_ms >= LONG_MS]:
        others += [replace(LONG[0], memory=one.memory)]  # it is the only one of its memory
    found = share(one.memory, one.ideal_ms, moe=one.moe, rows=others)
    assert found.low / 2 < one.share < found.high * 2


def test_outliers_are_few():
    assert sum(bool(one.outlier) for one in measured()) <= 2


@pytest.mark.parametrize("memory", ["gddr", "hbm", "unified", "apple", "dram", "dram-read"])
@pytest.mark.parametrize("ideal_ms", [0.05, 1.0, 5.0, 50.0])
@pytest.mark.parametrize("moe", [False, True])
def test_there_is_an_answer_for_every_memory_and_time(memory, ideal_ms, moe):
    found = share(memory, ideal_ms, moe=moe)
    assert 0 < found.low < found.high <= 1

"""Physical limit and expected band from what was found on the host."""

from dataclasses import replace

import pytest

from rigprov.model.missing import Missing
from rigprov.model.proof import Band, Device, Link
from rigprov.verify.limit import cards_of, expected, limit
from tests.unit.verify.cases import BENCHMARK, evidence

# Qwen3 32B Q4_K_M on one RTX 3090: 48.4 tokens/s at most with 128 tokens in the context.
DENSE = replace(BENCHMARK, bytes_per_token=19_318_601_536, kv_bytes_per_position=262_144, layers=64)
RTX_3090 = Device(0, "NVIDIA GeForce RTX 3090", memory_total_mib=24576, bandwidth_gb_s=936.1)
UNREAD = {"bytes_per_token": None}


def test_a_cpu_has_its_measured_bandwidth():
    found = limit(evidence(12.0, 12.0, 12.0))
    assert (found.tokens_per_s, found.share, found.exceeded) == (20.0, 0.6, False)


@pytest.mark.parametrize(
    ("speed", "share", "exceeded"), [(35.0, 0.724, False), (48.0, 0.992, False), (50.0, 1.034, False), (52.0, 1.075, True)]
)
def test_a_gpu_has_its_peak(speed, share, exceeded):
    found = limit(evidence(speed, **UNREAD), DENSE, [RTX_3090])
    assert (found.tokens_per_s, found.share, found.exceeded) == (48.4, share, exceeded)
    assert found.bandwidth_gb_s == 936.1


@pytest.mark.parametrize(("split", "tokens_per_s", "bandwidth"), [("layer", 48.4, 936.1), ("tensor", 96.7, 1872.2)])
def test_two_gpus_by_their_split(split, tokens_per_s, bandwidth):
    found = limit(evidence(40.0, **UNREAD), replace(DENSE, split=split), [RTX_3090, replace(RTX_3090, index=1)])
    assert (found.tokens_per_s, found.bandwidth_gb_s) == (tokens_per_s, bandwidth)


def test_a_gpu_that_holds_no_layer_does_not_count():
    idle = replace(RTX_3090, index=1, layers=0)
    assert limit(evidence(40.0, **UNREAD), replace(DENSE, split="tensor"), [RTX_3090, idle]).tokens_per_s == 48.4


def test_what_the_file_says_wins_over_the_plan():
    assert limit(evidence(10.0, bytes_per_token=10**10), DENSE, [RTX_3090]).tokens_per_s == pytest.approx(93.3, abs=0.1)


@pytest.mark.parametrize(
    ("benchmark", "devices", "why"),
    [
        (
            DENSE,
            [replace(RTX_3090, bandwidth_gb_s=None)],
            "not known: the driver tells neither bus width nor memory clock of GPU 0 (NVIDIA GeForce RTX 3090)",
        ),
        (DENSE, [replace(RTX_3090, layers=0)], "not known: no layer of the model lies on a GPU"),
        (BENCHMARK, [RTX_3090], "not known: how much a token reads was not planned"),
        (
            replace(DENSE, bytes_per_token=96_576_768),
            [RTX_3090],
            "means nothing here: a GPU's cache holds much of weights as small as 92 MiB",
        ),
    ],
)
def test_where_there_is_no_limit_there_is_a_reason(benchmark, devices, why):
    found = limit(evidence(40.0, **UNREAD), benchmark, devices)
    assert (found.tokens_per_s, found.share, found.why_not, found.exceeded) == (None, None, why, False)


def test_without_a_run_there_is_a_limit_and_no_share():
    found = limit(replace(evidence(bytes_per_token=None), series=()), DENSE, [RTX_3090])
    assert (found.tokens_per_s, found.share, found.why_not) == (48.4, None, "not measured: no run")


def test_the_band_of_a_gpu_rests_on_the_drivers_bandwidth():
    found = expected(DENSE, evidence(35.0, **UNREAD), [RTX_3090])
    assert isinstance(found, Band)
    assert 29 < found.low < 31
    assert 44 < found.high < 46
    assert found.limit == 48.4
    assert "bandwidth from the driver's bus width and memory clock" in found.source


def test_a_mixture_of_experts_at_a_third_is_below_its_band():
    moe = replace(BENCHMARK, bytes_per_token=1_919_597_696, kv_bytes_per_position=98_304, layers=48, moe=True)
    found = expected(moe, evidence(55.0, **UNREAD), [RTX_3090])
    assert isinstance(found, Band)
    assert 80 < found.low < 160 < found.high  # a healthy one decodes about 160, a third of which is 53


def test_the_slowest_link_counts_for_a_tensor_split():
    two, tensor = [RTX_3090, replace(RTX_3090, index=1)], replace(DENSE, split="tensor")
    bands = [expected(tensor, evidence(40.0, **UNREAD), two, [Link(0, 1, kind)]) for kind in ("NVLink x4", "through host memory")]
    fast, slow = (found for found in bands if isinstance(found, Band))
    assert slow.low < fast.low
    layer = expected(replace(DENSE, split="layer"), evidence(40.0, **UNREAD), two, [Link(0, 1, "through host memory")])
    assert isinstance(layer, Band)
    assert layer.low < fast.low
    assert layer.limit < fast.limit


def test_a_cpus_band_rests_on_what_threads_read():
    found = expected(BENCHMARK, evidence(18.0, 18.0))
    assert isinstance(found, Band)
    assert (found.limit, found.high) == (20.0, 20.0)
    assert 12 < found.low < 14
    assert "as threads on this host read it" in found.source


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"bandwidth_gb_s": None, "bandwidth_reason": "no room"}, "no limit to compare with: not known: no room"),
        ({"l3_bytes": 600 << 20}, "no limit to compare with: means nothing here"),
    ],
)
def test_without_a_limit_there_is_no_band(changes, reason):
    found = expected(BENCHMARK, evidence(12.0, **changes))
    assert isinstance(found, Missing)
    assert found.reason.startswith(reason)


def test_a_card_that_is_not_in_the_table_gets_its_kind_from_its_name():
    cards = cards_of([replace(RTX_3090, name="NVIDIA GeForce RTX 9090"), replace(RTX_3090, name="NVIDIA R200")])
    assert not isinstance(cards, Missing)
    assert [card.memory for card in cards] == ["gddr", "hbm"]


@pytest.mark.parametrize("nothing", [{"bandwidth_gb_s": 0.0}, {"bytes_per_token": 0}])
def test_of_nothing_there_is_no_limit(nothing):
    found = limit(evidence(**nothing))
    assert (found.tokens_per_s, found.share) == (None, None)
    assert found.why_not.startswith("not known")

"""Decode speed to expect."""

import pytest

from rigprov.catalog.gpu_names import gpu
from rigprov.catalog.models import MODELS
from rigprov.catalog.reference import measured
from rigprov.tiers.predict import Card, Traffic, band, ideal_ms

ONE_GB = Traffic(weights=10**9, kv_per_position=10**5, layers=10)
FAST, SLOW = Card("fast", 1000.0, "gddr", 24), Card("slow", 500.0, "gddr", 24)


def card(name):
    found = gpu(name)
    assert found.bandwidth_gb_s is not None
    return Card(found.name, found.bandwidth_gb_s, found.kind, found.vram_gb)


def predicted(model, name, count=1, **how):
    return band(Traffic.of(MODELS[model]), [card(name)] * count, **how)


@pytest.mark.parametrize(
    ("cards", "how", "milliseconds"),
    [
        ([FAST], {}, 1.0),
        ([FAST], {"depth": 1000}, 1.1),
        ([FAST, FAST], {"split": "layer"}, 1.0),  # one after the other
        ([FAST, SLOW], {"split": "layer"}, 0.5 + 1.0),
        ([FAST, FAST], {"split": "tensor"}, 0.5),
        ([FAST, SLOW], {"split": "tensor"}, 1.0),  # the slower one counts
        ([FAST, FAST], {"split": "tensor", "depth": 1000}, 0.55),
        ([FAST, FAST], {"split": "row", "depth": 1000}, 0.5 + 0.1),  # the cache stays on the first
        ([FAST, Card("half", 1000.0, "gddr", 12)], {"split": "tensor"}, 2 / 3),  # shared out by memory
        ([FAST, Card("unknown", 1000.0, "gddr")], {"split": "tensor"}, 0.5),
    ],
)
def test_time_to_read_a_token(cards, how, milliseconds):
    assert ideal_ms(ONE_GB, cards, **how) == pytest.approx(milliseconds)


@pytest.mark.parametrize("cards", [[], [Card("broken", 0.0, "gddr")]])
def test_without_a_bandwidth_there_is_no_prediction(cards):
    with pytest.raises(ValueError, match="bandwidth"):
        band(ONE_GB, cards)


@pytest.mark.parametrize("row", [row for row in measured() if not row.outlier], ids=lambda row: f"{row.hardware} {row.model}")
def test_every_published_speed_lies_in_the_band_of_its_own_machine(row):
    traffic = Traffic(row.bytes_per_token, row.kv_bytes_per_position, 1, row.moe)
    cards = [Card(row.hardware, row.bandwidth_gb_s, row.memory)] * row.count
    found = band(traffic, cards, depth=row.depth, split="layer" if row.count > 1 else "none")
    assert found.low <= row.tokens_per_s <= found.high <= found.limit


@pytest.mark.parametrize(
    ("model", "cards", "split", "expected"),
    [
        ("qwen3-32b", ("RTX 3090", 1), "none", (30, 46, 48.5)),
        ("qwen3-30b-a3b", ("RTX 3090", 1), "none", (130, 240, 487.7)),
        ("llama-3.3-70b", ("RTX 3090", 2), "layer", (14, 21, 22.3)),
        ("llama-3.3-70b", ("H100 SXM", 1), "none", (19, 51, 80.0)),
        ("llama-3.3-70b", ("H100 PCIe", 1), "none", (17, 32, 48.6)),
        ("qwen3-8b", ("RTX 4090", 1), "none", (106, 191, 215.8)),
    ],
)
def test_machines_of_the_tiers(model, cards, split, expected):
    found = predicted(model, *cards, split=split)
    low, high, limit = expected
    assert low <= found.low < found.high <= high
    assert found.limit == limit


def test_a_mixture_of_experts_at_a_third_of_its_speed_is_caught():
    seen = next(row for row in measured() if row.model == "qwen3-30b-a3b" and row.hardware == "GeForce RTX 3090 Ti")
    found = predicted("qwen3-30b-a3b", "RTX 3090 Ti", depth=seen.depth)
    assert seen.tokens_per_s / 3 < found.low < seen.tokens_per_s
    dense = predicted("qwen3-32b", "RTX 3090 Ti")
    assert dense.high < seen.tokens_per_s / 3  # a floor for "a 30B model" would have let it pass


def test_the_link_decides_over_a_tensor_split_and_nothing_else():
    layer = {link: predicted("llama-3.3-70b", "3090", 2, split="layer", link=link) for link in ("nvlink", "host")}
    tensor = {link: predicted("llama-3.3-70b", "3090", 2, split="tensor", link=link) for link in ("nvlink", "host", "unknown")}
    assert (layer["nvlink"].low, layer["nvlink"].high) == (layer["host"].low, layer["host"].high)
    assert tensor["host"].low < tensor["nvlink"].low
    assert (tensor["unknown"].low, tensor["unknown"].high) == (tensor["host"].low, tensor["nvlink"].high)
    assert tensor["nvlink"].limit == pytest.approx(2 * layer["nvlink"].limit, abs=0.2)


def test_a_row_split_pays_more_than_a_tensor_split():
    row, tensor = (predicted("llama-3.3-70b", "3090", 2, split=split, link="p2p") for split in ("row", "tensor"))
    assert row.low < tensor.low


def test_a_full_context_is_slower():
    assert predicted("qwen3-32b", "3090", depth=8192).low < predicted("qwen3-32b", "3090").low


def test_the_source_says_where_every_figure_is_from():
    words = predicted("llama-3.3-70b", "3090", 2, split="tensor", link="host").source
    assert "2x GeForce RTX 3090 936.2 GB/s" in words
    assert "XiongjieDai/GPU-Benchmarks-on-LLM-Inference 2024" in words
    assert "10% added on each side" in words
    assert "exchange between GPUs 15 to 120 us (derived" in words


def test_what_nobody_measured_is_marked_derived():
    assert "derived, nobody's measurement" in predicted("qwen3-30b-a3b", "GB10").source
    assert "nobody" not in predicted("qwen3-30b-a3b", "RTX 3090").source


def test_cards_with_different_memory_get_the_wider_band():
    traffic = Traffic.of(MODELS["llama-3.3-70b"])
    both = band(traffic, [card("3090"), card("A100-SXM4-40GB")])
    slow = band(traffic, [Card("a", 1200.0, "hbm", 24)])
    assert both.low / both.limit <= slow.low / slow.limit + 0.01
    assert both.high / both.limit > 0.9

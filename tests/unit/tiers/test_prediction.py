"""A model on hardware that nobody has asked yet."""

import pytest

from rigprov.catalog.models import MODELS
from rigprov.tiers.predict import Card
from rigprov.tiers.prediction import predict

RTX_3090 = Card("GeForce RTX 3090", 936.2, "gddr", 24)


def of(model, cards, context=4096, split="none"):
    return predict(MODELS[model], cards, context=context, split=split, link="unknown")


def test_a_full_context_is_slower_than_an_empty_one():
    found = of("qwen3-32b", [RTX_3090])
    assert found.full.low < found.start.low
    assert found.full.limit == pytest.approx(936.2e9 / (19_318_601_536 + 4096 * 262_144), abs=0.1)
    assert found.start.limit == pytest.approx(936.2e9 / 19_318_601_536, abs=0.1)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("memory", ["gddr", "hbm", "unified", "apple", "dram"])
def test_no_card_gets_faster_with_more_context(model, memory):
    for bandwidth in range(20, 5000, 31):
        found = of(model, [Card("x", bandwidth, memory, 24)])
        assert found.full.low <= found.start.low, bandwidth
        assert found.full.high <= found.start.high, bandwidth
        assert found.full.low <= found.full.high <= found.full.limit + 0.1, bandwidth


@pytest.mark.parametrize(
    ("model", "cards", "split", "fits"),
    [
        ("qwen3-32b", [RTX_3090], "none", True),
        ("llama-3.3-70b", [RTX_3090], "none", False),
        ("llama-3.3-70b", [RTX_3090] * 2, "layer", True),
        ("llama-3.3-70b", [RTX_3090] * 2, "none", False),  # then only the first is used
    ],
)
def test_room(model, cards, split, fits):
    found = of(model, cards, split=split)
    assert found.room is not None
    assert found.room.fits is fits
    assert found.need_bytes == MODELS[model].resident_bytes(4096)


@pytest.mark.parametrize(
    ("card", "reason"),
    [
        (Card("CPU", 89.6, "dram"), "it lies in the machine's RAM"),
        (Card("GB10", 273, "unified"), "its memory is shared with the CPU"),
        (Card("GPU", 500, "gddr"), "how much VRAM there is was not said"),
    ],
)
def test_without_vram_there_is_no_word_on_room_but_a_reason(card, reason):
    found = of("qwen3-8b", [card])
    assert (found.room, found.room_reason) == (None, reason)

"""Does a model fit."""

import pytest

from rigprov.catalog.models import MODELS
from rigprov.tiers.room import GIB, Room, in_vram, on_disk


@pytest.mark.parametrize(
    ("model", "context", "vram", "fits"),
    [
        ("qwen3-32b", 4096, (24,), True),
        ("qwen3-32b", 32768, (24,), False),
        ("qwen3-30b-a3b", 4096, (24,), True),
        ("qwen3-30b-a3b", 32768, (24,), True),
        ("llama-3.3-70b", 4096, (24, 24), True),
        ("llama-3.3-70b", 4096, (24,), False),
        ("llama-3.3-70b", 32768, (80,), True),
        ("qwen3-8b", 4096, (8,), True),
    ],
)
def test_models_on_cards(model, context, vram, fits):
    assert in_vram(MODELS[model], context, vram).fits is fits


def test_amounts():
    model = MODELS["qwen3-32b"]
    room = in_vram(model, 4096, (24,))
    assert room == Room(model.size_bytes + 4096 * 262144 + (512 << 20), 23 * GIB)
    assert room.spare == room.have - room.need
    assert in_vram(model, 4096, (0.5,)).have == 0


def test_a_rented_disk_of_60_gib_holds_the_70b_model():
    model = MODELS["llama-3.3-70b"]
    assert on_disk(model, 60 * GIB).fits
    assert not on_disk(model, model.size_bytes + GIB).fits

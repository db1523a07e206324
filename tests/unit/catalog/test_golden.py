"""The shipped log-probabilities belong to what the generator writes today."""

import math
from pathlib import Path

import pytest

import rigprov.catalog.golden
from rigprov.catalog.golden import digest, golden
from rigprov.catalog.models import MODELS
from rigprov.catalog.shapes import SHAPES, recipe
from rigprov.tiers import BUILT_IN
from rigprov.verify.host import logits, synth

KEYS = sorted(path.stem for path in Path(rigprov.catalog.golden.__file__).parent.glob("*.json"))


def known(key):
    found = golden(key)
    assert found is not None
    return found


def test_each_model_that_a_tier_is_measured_with_has_one():
    measured = {bench.model for tier in BUILT_IN for bench in tier.benchmarks}
    assert measured == set(KEYS) <= set(SHAPES)
    assert golden("no-such-model") is None


@pytest.mark.parametrize("key", KEYS)
def test_the_recipe_is_that_of_today(key):
    found = known(key)

    assert found["recipe"] == digest(recipe(key))
    assert found["size"] == MODELS[key].size_bytes
    assert found["tokens"] == logits.tokens(SHAPES[key].vocabulary)


def test_the_generator_writes_that_file():
    """All bytes of the smallest; the recipe's digest cannot know when the generator itself has changed."""
    assert synth.sha256(recipe("smollm2-135m")) == known("smollm2-135m")["sha256"]


@pytest.mark.parametrize("key", KEYS)
def test_what_it_says_can_be_judged(key):
    """A check against positions that are all alike, or all but certain, would find nothing."""
    top = known(key)["top"]
    likeliest = [position[0][0] for position in top]

    assert len(top) == logits.POSITIONS + 1
    assert {len(position) for position in top} == {logits.TOP}
    assert all(values == sorted(values, reverse=True) for values in ([value for _, value in position] for position in top))
    assert len(set(likeliest)) > len(likeliest) / 2
    assert 0.05 < sorted(math.exp(position[0][1]) for position in top)[len(top) // 2] < 0.9

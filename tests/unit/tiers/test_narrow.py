"""The user's choice among a tier's models."""

import pytest

from rigprov.errors import UsageError
from rigprov.tiers import ADVANCED, STARTER
from rigprov.tiers.narrow import only


def test_without_a_choice_the_tier_stays():
    assert only(STARTER, None) is STARTER


def test_the_named_model_is_the_only_one():
    narrowed = only(STARTER, "smollm2-135m")
    assert [benchmark.model for benchmark in narrowed.benchmarks] == ["smollm2-135m"]
    assert narrowed.roles == STARTER.roles


def test_a_split_is_named_behind_the_model():
    both = only(ADVANCED, "llama-3.3-70b")
    assert [benchmark.split for benchmark in both.benchmarks] == ["layer", "tensor"]
    assert [benchmark.split for benchmark in only(ADVANCED, "llama-3.3-70b:tensor").benchmarks] == ["tensor"]
    with pytest.raises(UsageError, match=r"no floor for the model `llama-3\.3-70b:row`") as refused:
        only(ADVANCED, "llama-3.3-70b:row")
    assert refused.value.hint == "it has: llama-3.3-70b, llama-3.3-70b:tensor"


def test_a_model_without_a_floor_is_refused_with_those_that_have_one():
    with pytest.raises(UsageError, match="tier `starter` has no floor for the model `gpt-9`") as refused:
        only(STARTER, "gpt-9")
    assert refused.value.hint == "it has: qwen3-8b, llama-3.2-3b, smollm2-135m"

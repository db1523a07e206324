import json

import pytest

from rigprov.catalog.models import MODELS
from rigprov.catalog.shapes import SHAPES, recipe
from rigprov.errors import UsageError
from rigprov.verify.host import blocks, gguf, synth
from rigprov.verify.host.synth_header import header


def test_every_model_has_a_shape():
    assert set(SHAPES) == set(MODELS)


@pytest.fixture(scope="module", params=sorted(SHAPES))
def written(request, tmp_path_factory):
    """Header of a model's synthetic file, over weights that are one hole."""
    plan = json.loads(json.dumps(recipe(request.param)))  # as it travels
    path = tmp_path_factory.mktemp("shapes") / "m.gguf"
    with path.open("wb") as file:
        file.write(header(plan))
        file.truncate(synth.size(plan))
    return MODELS[request.param], path, gguf.read(str(path))


def test_the_file_is_as_large_as_the_real_one_to_the_byte(written):
    model, path, _ = written

    assert path.stat().st_size == model.size_bytes


def test_what_is_read_for_a_token_is_what_the_real_one_reads(written):
    """The catalogue's figures come from the real files. It leaves the rope factors out, which are 256 bytes."""
    model, _, found = written

    assert 0 <= gguf.read_for_one_token(found) - model.bytes_per_token <= 256
    assert found.arch("block_count") == model.layers
    assert gguf.kv_bytes_per_position(found) == model.kv_bytes_per_position


def test_number_of_parameters(written):
    """Of the matrices and norms; the catalogue counts as the hub does, without the rope factors."""
    model, _, found = written
    count = sum(blocks.elements(tensor.shape) for tensor in found.tensors if tensor.name != "rope_freqs.weight")

    assert count == model.parameters


def test_it_is_marked(written):
    model, _, found = written

    assert found.metadata["rigprov.synthetic"] is True
    assert found.metadata["general.name"] == f"{model.title} (synthetic)"


def test_tensors_of_one_layer_in_the_order_of_llama_quantize(written):
    model, _, found = written
    names = [tensor.name.removeprefix("blk.0.").removesuffix(".weight") for tensor in found.tensors if "blk.0." in tensor.name]

    assert names == sorted(names)
    assert len(found.tensors) == TENSORS[model.key]


# As loaders of the real files report ("loaded meta data with ... and 255 tensors").
TENSORS = {
    "smollm2-135m": 272,
    "llama-3.2-3b": 255,
    "qwen3-8b": 399,
    "qwen3-32b": 707,
    "qwen3-30b-a3b": 579,
    "llama-3.3-70b": 724,
}


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("qwen3-8", "did you mean `qwen3-8b`?"),
        ("gpt-2", "one of: smollm2-135m, llama-3.2-3b, qwen3-8b, qwen3-32b, qwen3-30b-a3b, llama-3.3-70b"),
    ],
)
def test_unknown_model(key, hint):
    with pytest.raises(UsageError, match=f"there is no model `{key}` in the catalogue") as caught:
        recipe(key)

    assert caught.value.hint == hint

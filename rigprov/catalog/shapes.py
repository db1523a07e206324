"""Shapes of the catalogue's models, and the recipe from which a host writes a file of the same shape with random weights."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rigprov.catalog.models import MODELS, Model
from rigprov.catalog.quantise import FILE_TYPE, tensor_type
from rigprov.errors import UsageError

# A change of the generator, or of a recipe, that changes a file's bytes needs another number here and new golden files.
GENERATION = 1

Tensor = tuple[str, tuple[int, ...], str]


@dataclass(frozen=True)
class Shape:
    """A model's dimensions, as its publisher's config.json states them."""

    architecture: str  # as llama.cpp calls it
    layers: int
    embedding: int
    feed_forward: int  # of one expert, where there are experts
    heads: int
    kv_heads: int
    vocabulary: int
    head: int  # elements of one head
    context: int
    rope_base: float
    epsilon: float
    tied: bool = False  # the embedding table is the output matrix
    rope_factors: bool = False  # a tensor with factors for the rope frequencies
    head_norms: bool = False  # queries and keys are normalised
    experts: int = 0
    experts_used: int = 0
    dense_feed_forward: int = 0  # in the metadata of a mixture of experts; no tensor has it


def _llama3(layers: int, embedding: int, feed_forward: int, heads: int, *, tied: bool) -> Shape:
    return Shape(
        "llama", layers, embedding, feed_forward, heads, 8, 128_256, 128, 131_072, 500_000.0, 1e-5, tied=tied, rope_factors=True
    )


def _qwen3(layers: int, embedding: int, feed_forward: int, heads: int) -> Shape:
    return Shape("qwen3", layers, embedding, feed_forward, heads, 8, 151_936, 128, 40_960, 1e6, 1e-6, head_norms=True)


SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        "smollm2-135m": Shape("llama", 30, 576, 1536, 9, 3, 49_152, 64, 8192, 100_000.0, 1e-5, tied=True),
        "llama-3.2-3b": _llama3(28, 3072, 8192, 24, tied=True),
        "qwen3-8b": _qwen3(36, 4096, 12_288, 32),
        "qwen3-32b": _qwen3(64, 5120, 25_600, 64),
        "qwen3-30b-a3b": Shape(
            "qwen3moe", 48, 2048, 768, 32, 4, 151_936, 128, 40_960, 1e6, 1e-6,
            head_norms=True, experts=128, experts_used=8, dense_feed_forward=6144,
        ),
        "llama-3.3-70b": _llama3(80, 8192, 28_672, 64, tied=False),
    }
)  # fmt: skip


def recipe(model_key: str) -> dict[str, object]:
    """What `rigprov.verify.host.synth.write` needs to write this model's synthetic twin; plain JSON types.

    Raises:
        UsageError: no such model.
    """
    if model_key not in SHAPES or model_key not in MODELS:
        near = difflib.get_close_matches(model_key, SHAPES, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"one of: {', '.join(SHAPES)}"
        raise UsageError(f"there is no model `{model_key}` in the catalogue", hint=hint)
    return recipe_of(MODELS[model_key], SHAPES[model_key])


def recipe_of(model: Model, shape: Shape) -> dict[str, object]:
    """Recipe of a model that need not be in the catalogue. A `size_bytes` of 0: as large as it comes."""
    return {
        "name": model.title,
        "seed": GENERATION,
        "size": model.size_bytes,
        "metadata": [list(entry) for entry in _metadata(model, shape)],
        "vocabulary": shape.vocabulary,
        "tensors": [[name, list(dimensions), kind] for name, dimensions, kind in _tensors(shape, model.quantisation)],
    }


def _metadata(model: Model, shape: Shape) -> Iterator[tuple[str, str, object]]:
    yield "general.architecture", "str", shape.architecture
    yield "general.type", "str", "model"
    yield "general.name", "str", f"{model.title} (synthetic)"
    yield "general.description", "str", "random weights in the shape of a real model, for measuring speed; it writes nonsense"
    yield "general.file_type", "u32", FILE_TYPE[model.quantisation]
    yield "general.quantization_version", "u32", 2
    numbers = {
        "vocab_size": shape.vocabulary,
        "context_length": shape.context,
        "embedding_length": shape.embedding,
        "block_count": shape.layers,
        "feed_forward_length": shape.dense_feed_forward or shape.feed_forward,
        "attention.head_count": shape.heads,
        "attention.head_count_kv": shape.kv_heads,
        "attention.key_length": shape.head,
        "attention.value_length": shape.head,
        "rope.dimension_count": shape.head,
    }
    if shape.experts:
        numbers |= {
            "expert_count": shape.experts,
            "expert_used_count": shape.experts_used,
            "expert_feed_forward_length": shape.feed_forward,
        }
    for key, number in numbers.items():
        yield f"{shape.architecture}.{key}", "u32", number
    yield f"{shape.architecture}.rope.freq_base", "f32", shape.rope_base
    yield f"{shape.architecture}.attention.layer_norm_rms_epsilon", "f32", shape.epsilon


def _tensors(shape: Shape, quantisation: str) -> Iterator[Tensor]:
    """All tensors, in llama-quantize's order: those of no layer first, then layer by layer, each by name."""

    def matrix(name: str, role: str, *dimensions: int, layer: int = 0) -> Tensor:
        kind = tensor_type(
            quantisation, role, layer=layer, layers=shape.layers, row=dimensions[0], architecture=shape.architecture
        )
        return f"{name}.weight", dimensions, kind

    if not shape.tied:
        yield matrix("output", "output", shape.embedding, shape.vocabulary)
    yield "output_norm.weight", (shape.embedding,), "F32"
    if shape.rope_factors:
        yield "rope_freqs.weight", (shape.head // 2,), "F32"
    yield matrix("token_embd", "output" if shape.tied else "token_embd", shape.embedding, shape.vocabulary)
    for layer in range(shape.layers):
        for name, dimensions in sorted(_layer(shape)):
            if len(dimensions) == 1 or name == "ffn_gate_inp":
                yield f"blk.{layer}.{name}.weight", dimensions, "F32"
            else:
                yield matrix(f"blk.{layer}.{name}", name.removesuffix("_exps"), *dimensions, layer=layer)


def _layer(shape: Shape) -> list[tuple[str, tuple[int, ...]]]:
    width, narrow, wide = shape.embedding, shape.kv_heads * shape.head, shape.heads * shape.head
    found: list[tuple[str, tuple[int, ...]]] = [
        ("attn_norm", (width,)),
        ("attn_q", (width, wide)),
        ("attn_k", (width, narrow)),
        ("attn_v", (width, narrow)),
        ("attn_output", (wide, width)),
        ("ffn_norm", (width,)),
    ]
    if shape.head_norms:
        found += [("attn_q_norm", (shape.head,)), ("attn_k_norm", (shape.head,))]
    stack = (shape.experts,) if shape.experts else ()
    suffix = "_exps" if shape.experts else ""
    if shape.experts:
        found.append(("ffn_gate_inp", (width, shape.experts)))
    return [
        *found,
        (f"ffn_gate{suffix}", (width, shape.feed_forward, *stack)),
        (f"ffn_up{suffix}", (width, shape.feed_forward, *stack)),
        (f"ffn_down{suffix}", (shape.feed_forward, width, *stack)),
    ]

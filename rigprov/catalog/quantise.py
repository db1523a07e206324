"""Which type llama-quantize gives a tensor.

Source: `llama_tensor_get_type_impl` and `use_more_bits` in llama.cpp's src/llama-quant.cpp (2025), as far as the catalogue's
models need it. What it gives is checked against the published sizes of the real files, to the byte.
"""

_BASE = {"Q4_K_M": "Q4_K", "Q4_1": "Q4_1"}
_K_BLOCK = 256  # elements
_FALLBACK = {"Q4_K": "Q5_0", "Q5_K": "Q5_1", "Q6_K": "Q8_0"}  # for rows that are no multiple of a K block
_LAYERS_OF_70B = 80
FILE_TYPE = {"Q4_1": 3, "Q4_K_M": 15}  # `llama_ftype` in llama.h


def more_bits(layer: int, layers: int) -> bool:
    """Layers whose value and down projections get more bits: the first and last eighth, and every third between."""
    return layer < layers // 8 or layer >= 7 * layers // 8 or (layer - layers // 8) % 3 == 2  # noqa: PLR2004 (their rule)


def tensor_type(quantisation: str, role: str, *, layer: int, layers: int, row: int, architecture: str) -> str:
    """Name of the type of one matrix.

    Args:
        quantisation: Q4_K_M or Q4_1.
        role: `output` (also an embedding table that is the output matrix), `attn_v`, `ffn_down`, or any other name.
        layer, layers: which of how many.
        row: elements of a row.
        architecture: as in `general.architecture`.
    """
    kind = _BASE[quantisation]
    mixed = quantisation == "Q4_K_M"
    if role == "output" or (mixed and role in {"attn_v", "ffn_down"} and more_bits(layer, layers)):
        kind = "Q6_K"
    elif mixed and role == "attn_v" and architecture == "llama" and layers == _LAYERS_OF_70B:
        kind = "Q5_K"  # eight query heads share one value head there
    return _FALLBACK[kind] if kind in _FALLBACK and row % _K_BLOCK else kind

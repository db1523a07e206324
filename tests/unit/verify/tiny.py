"""Recipes of tiny models, and a plain reading of blocks that shares no code with what writes them."""

import struct
from typing import Any

KINDS = {"Q4_0": 256, "Q4_1": 256, "Q5_0": 256, "Q5_1": 256, "Q8_0": 256, "IQ4_NL": 256, "MXFP4": 256, "F16": 256}
KINDS |= {"BF16": 256, "F32": 256, "Q2_K": 512, "Q3_K": 512, "Q4_K": 512, "Q5_K": 512, "Q6_K": 512, "IQ4_XS": 512}


def tiny(kind: str = "Q4_K", *, rows: int = 300, row: int = 512, **more: Any) -> dict[str, Any]:
    """One matrix, one norm."""
    return {
        "name": "tiny",
        "seed": 1,
        "metadata": [["general.architecture", "str", "llama"], ["general.name", "str", "tiny (synthetic)"]],
        "vocabulary": 300,
        "tensors": [["blk.0.ffn_up.weight", [row, rows], kind], ["blk.0.ffn_norm.weight", [row], "F32"]],
        **more,
    }


def half(data: bytes, at: int) -> float:
    return float(struct.unpack_from("<e", data, at)[0])


def six_bits(scales: bytes, index: int) -> tuple[int, int]:
    """Scale and minimum of one of eight sub-blocks (ggml's `get_scale_min_k4`)."""
    if index < 4:
        return scales[index] & 63, scales[index + 4] & 63
    low = scales[index + 4]
    return low & 15 | scales[index - 4] >> 6 << 4, low >> 4 | scales[index] >> 6 << 4


def q4_k(block: bytes) -> list[float]:
    """256 weights (ggml's `dequantize_row_q4_K`)."""
    d, least = half(block, 0), half(block, 2)
    found = []
    for pair in range(4):
        quants = block[16 + 32 * pair : 48 + 32 * pair]
        for part in range(2):
            scale, minimum = six_bits(block[4:16], 2 * pair + part)
            found += [d * scale * (quant >> 4 if part else quant & 15) - least * minimum for quant in quants]
    return found


def q6_k(block: bytes) -> list[float]:
    """256 weights (ggml's `dequantize_row_q6_K`), in another order, which does not matter here."""
    low, high, scales, d = block[:128], block[128:192], struct.unpack("16b", block[192:208]), half(block, 208)
    found = []
    for n in range(2):
        for l in range(32):  # noqa: E741 (their names)
            ql, ql2, qh, i = low[64 * n + l], low[64 * n + l + 32], high[32 * n + l], 8 * n + l // 16
            quants = (
                ql & 15 | (qh & 3) << 4,
                ql2 & 15 | (qh >> 2 & 3) << 4,
                ql >> 4 | (qh >> 4 & 3) << 4,
                ql2 >> 4 | (qh >> 6) << 4,
            )
            found += [d * scales[i + 2 * k] * (quant - 32) for k, quant in enumerate(quants)]
    return found


def q4_1(block: bytes) -> list[float]:
    d, m = half(block, 0), half(block, 2)
    return [d * quant + m for byte in block[4:] for quant in (byte & 15, byte >> 4)]


def q8_0(block: bytes) -> list[float]:
    return [half(block, 0) * quant for quant in struct.unpack("32b", block[2:])]


READ = {"Q4_K": (144, q4_k), "Q6_K": (210, q6_k), "Q4_1": (20, q4_1), "Q8_0": (34, q8_0)}

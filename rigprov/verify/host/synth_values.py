"""The weights of a synthetic file: pools of random blocks, and which piece of which pool a tensor gets."""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Iterator, Sequence

from rigprov.verify.host import blocks
from rigprov.verify.host.blocks import Block
from rigprov.verify.host.synth_scales import set_scales

_POOL_BYTES = 8 << 20  # at least
_MAX_ROWS = 300_000  # of a tensor; beyond that (experts, stacked) rows may repeat
_ONES = ("rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight")
# Chosen by trial, so that a wrong calculation shows and rounding does not (docs/correctness.md has the figures): the embedding
# is large against what each layer adds, which keeps rounding errors from growing layer by layer; attention picks positions
# out, which makes it depend on them; the likeliest token stands out about as much as in a trained model.
_TABLES = ("token_embd.weight", "output.weight")
_TABLE_DEVIATION = 24.0
_LOGITS_DEVIATION = 4.5
_QUERIES = 3.0  # times as large as keys; in a model that normalises them, by the weights of that norm
_SMALL = 0.015  # biases


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % divisor for divisor in range(2, math.isqrt(number) + 1))


def _random(label: str, count: int) -> bytearray:
    return bytearray(hashlib.shake_256(label.encode()).digest(count))


class Weights:
    """Bytes for tensors, the same on every machine.

    A pool is far smaller than the tensors cut from it. Its number of blocks is a prime above the number of rows, so no two
    rows of a tensor are alike, and each tensor starts at a place of its own.

    Args:
        tensors: name, shape and type name of each; pools are made to suit the largest.
        seed: another seed, other weights.
    """

    def __init__(self, tensors: Sequence[tuple[str, Sequence[int], str]], seed: int) -> None:
        self._seed = seed
        self._rows: dict[tuple[str, int], int] = {}
        self._pools: dict[tuple[str, int, float], memoryview] = {}
        for _, shape, kind in tensors:
            rows = min(blocks.elements(shape) // shape[0], _MAX_ROWS)
            self._rows[kind, shape[0]] = max(self._rows.get((kind, shape[0]), 0), rows)

    def chunks(self, name: str, shape: Sequence[int], block: Block) -> Iterator[memoryview]:
        """A tensor's bytes, in large pieces."""
        if block.name == "F32" and (len(shape) == 1 or name in _ONES):
            yield memoryview(self._vector(name, blocks.elements(shape)))
            return
        pool = self._pool(name, block, shape[0])
        count = len(pool) // block.size
        left = blocks.elements(shape) // block.elements
        at = int.from_bytes(_random(f"{self._seed}/{name}", 8), "little") % count
        while left:
            taken = min(count - at, left)
            yield pool[at * block.size : (at + taken) * block.size]
            left, at = left - taken, 0

    def _pool(self, name: str, block: Block, row: int) -> memoryview:
        deviation = _deviation(name, row)
        key = (block.name, row, deviation)
        if key not in self._pools:
            count = max(self._rows[block.name, row] + 1, _POOL_BYTES // block.size)
            while not _is_prime(count):
                count += 1
            data = _random(f"{self._seed}/{block.name}/{row}/{deviation:.3f}", count * block.size)
            set_scales(block, data, deviation)
            self._pools[key] = memoryview(bytes(data))
        return self._pools[key]

    def _vector(self, name: str, count: int) -> bytes:
        """Norms: 0.6 to 1.4 times their size, so that one in another's place shows. Rope factors: 1."""
        if name in _ONES:
            return b"\0\0\x80\x3f" * count
        middle, signed = 1.0, False
        if name == "output_norm.weight":
            # Of either sign: where the output matrix is the embedding table, no token must be its own successor.
            middle, signed = _LOGITS_DEVIATION / _TABLE_DEVIATION / math.sqrt(count), True
        elif name.endswith("attn_q_norm.weight"):
            middle = _QUERIES
        elif not name.endswith("norm.weight"):
            middle, signed = _SMALL, True
        data = _random(f"{self._seed}/{name}", 4 * count)
        codes = [_upper_half(middle * (96 + (byte & 0x7F)) / 160 * (-1 if signed and byte & 0x80 else 1)) for byte in range(256)]
        chosen = data[2::4]
        data[2::4] = chosen.translate(bytes(code & 0xFF for code in codes))
        data[3::4] = chosen.translate(bytes(code >> 8 for code in codes))
        return bytes(data)


def _upper_half(value: float) -> int:
    """The upper 16 bits of a single-precision number; the lower ones are left random."""
    return int(struct.unpack("<I", struct.pack("<f", value))[0]) >> 16


def _deviation(name: str, row: int) -> float:
    """Standard deviation of a matrix's weights: what keeps its output at the size of its input, with the above exceptions."""
    if name in _TABLES:
        return _TABLE_DEVIATION
    return (_QUERIES if name.endswith("attn_q.weight") else 1.0) / math.sqrt(row)

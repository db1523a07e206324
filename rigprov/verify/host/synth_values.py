"""The weights of a synthetic file: pools of random blocks, and which piece of which pool a tensor gets."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence

from rigprov.verify.host import blocks
from rigprov.verify.host.blocks import Block
from rigprov.verify.host.synth_scales import set_scales

_POOL_BYTES = 8 << 20  # at least
_MAX_ROWS = 300_000  # of a tensor; beyond that (experts, stacked) rows may repeat
_ONES = ("rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight")
_LOGITS = "output_norm.weight"


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
        self._pools: dict[tuple[str, int], memoryview] = {}
        for _, shape, kind in tensors:
            rows = min(blocks.elements(shape) // shape[0], _MAX_ROWS)
            self._rows[kind, shape[0]] = max(self._rows.get((kind, shape[0]), 0), rows)

    def chunks(self, name: str, shape: Sequence[int], block: Block) -> Iterator[memoryview]:
        """A tensor's bytes, in large pieces."""
        if block.name == "F32" and (len(shape) == 1 or name in _ONES):
            yield memoryview(self._vector(name, blocks.elements(shape)))
            return
        pool = self._pool(block, shape[0])
        count = len(pool) // block.size
        left = blocks.elements(shape) // block.elements
        at = int.from_bytes(_random(f"{self._seed}/{name}", 8), "little") % count
        while left:
            taken = min(count - at, left)
            yield pool[at * block.size : (at + taken) * block.size]
            left, at = left - taken, 0

    def _pool(self, block: Block, row: int) -> memoryview:
        key = (block.name, row)
        if key not in self._pools:
            count = max(self._rows[key] + 1, _POOL_BYTES // block.size)
            while not _is_prime(count):
                count += 1
            data = _random(f"{self._seed}/{block.name}/{row}", count * block.size)
            set_scales(block, data, 1 / math.sqrt(row))
            self._pools[key] = memoryview(bytes(data))
        return self._pools[key]

    def _vector(self, name: str, count: int) -> bytes:
        """Norms: 0.75 to 1.5 (so that one in another's place shows). Biases and the like: small. Rope factors: 1.

        The norm before the output: 3 to 6. The likeliest token then stands out about as much as in a trained model, so
        that a wrong calculation changes which one it is.
        """
        if name in _ONES:
            return b"\0\0\x80\x3f" * count
        data = _random(f"{self._seed}/{name}", 4 * count)
        if name == _LOGITS:
            low, high = 0x40, lambda _: 0x40
        elif name.endswith("norm.weight"):
            low, high = 0x40, lambda _: 0x3F
        else:
            low, high = 0x40, lambda byte: byte & 0x80 | 0x3C  # 0.012 to 0.024, either sign
        data[2::4] = data[2::4].translate(bytes(low + (byte & 0x7F) for byte in range(256)))
        data[3::4] = data[3::4].translate(bytes(high(byte) for byte in range(256)))
        return bytes(data)

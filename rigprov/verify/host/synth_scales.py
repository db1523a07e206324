"""Random blocks of one tensor type: which bytes are scales, and what must stand in them.

A quantised weight is scale x number. The numbers may be random bits (random bits are what makes a GPU draw its full power);
random bits in a scale would be infinite, not a number, or absurdly large. So scales are set: log-normal, as in real files
(ln of the scales of SmolLM2 135M Q4_1 has a standard deviation of 0.18 to 0.41 within a tensor, and 650 to 1300 distinct
values), about a centre that gives weights a standard deviation of 1/sqrt(row length), so that activations stay near 1.
They vary because one constant scale makes a file too fast: on x86, ggml converts halves through a table in memory
(`ggml_lookup_fp16_to_fp32`), and a table read at one place stays in the nearest cache.

Only +, -, *, / and square roots of IEEE doubles occur, which every machine rounds alike: same arguments, same bytes.
Layouts: the `block_*` structures in ggml/src/ggml-common.h of llama.cpp (2025).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable

from rigprov.verify.host.blocks import Block

# 4096 x the middle quantiles of a log-normal distribution with sigma 0.28 and a root mean square of 1.
_QUANTILES = (
    1928, 2175, 2317, 2424, 2512, 2588, 2657, 2720, 2779, 2834, 2886, 2936, 2984, 3030, 3076, 3120,
    3163, 3206, 3248, 3289, 3330, 3370, 3411, 3451, 3491, 3531, 3571, 3611, 3651, 3692, 3733, 3774,
    3816, 3858, 3900, 3944, 3988, 4033, 4078, 4125, 4173, 4222, 4273, 4325, 4378, 4434, 4492, 4552,
    4615, 4682, 4752, 4826, 4905, 4990, 5082, 5183, 5294, 5419, 5563, 5733, 5941, 6214, 6620, 7467,
)  # fmt: skip
_LOW_BITS = 0x07  # of a half, left random: 64 quantiles x 8


class _Pool:
    """Blocks under work.

    Args:
        block: their type.
        data: random bytes, a whole number of blocks.
        deviation: standard deviation that the weights shall have.
    """

    def __init__(self, block: Block, data: bytearray, deviation: float) -> None:
        self._size, self.data, self.deviation = block.size, data, deviation

    def map(self, at: int, count: int, function: Callable[[int], int]) -> None:
        """Replaces `count` bytes from offset `at` of every block, each by a function of itself."""
        table = bytes(function(byte) & 0xFF for byte in range(256))
        for offset in range(at, at + count):
            self.data[offset :: self._size] = self.data[offset :: self._size].translate(table)

    def copy(self, source: int, target: int, count: int) -> None:
        """Copies bytes within every block."""
        for offset in range(count):
            self.data[target + offset :: self._size] = self.data[source + offset :: self._size]

    def _set(self, at: int, codes: list[int]) -> None:
        self.data[at :: self._size] = bytes(code & 0xFF for code in codes)
        self.data[at + 1 :: self._size] = bytes(code >> 8 for code in codes)

    def half(self, at: int, unit: float, *, signed: bool = False) -> None:
        """A half-precision scale. `unit`: root mean square of the weights of a block whose scale is 1."""
        middle = [_code(quantile / 4096 * self.deviation / unit) for quantile in _QUANTILES]
        sign = 0x8000 if signed else 0
        table = [middle[byte & 63] & ~_LOW_BITS | (sign if byte & 0x80 else 0) for byte in range(256)]
        low, high = self.data[at :: self._size], self.data[at + 1 :: self._size]
        self._set(at, [table[a] | b & _LOW_BITS or 1 for a, b in zip(high, low)])  # noqa: B905 (Python 3.8)

    def minimum(self, scale: int, at: int, factor: float) -> None:
        """A second half: the one at `scale` times `factor`, so that weights average about 0."""
        low, high = self.data[scale :: self._size], self.data[scale + 1 :: self._size]
        codes = [a | b << 8 for a, b in zip(low, high)]  # noqa: B905
        times = {code: _code(struct.unpack("<e", struct.pack("<H", code))[0] * factor) for code in set(codes)}
        self._set(at, [times[code] for code in codes])


def _code(value: float) -> int:
    return int(struct.unpack("<H", struct.pack("<e", value))[0])


# Units: root mean square of what the random numbers become: q - 7.5 for four random bits is 4.61, and so on.
# Weights must average 0 (minimum in the middle, or a scale of either sign): a mean of a tenth of the deviation would make
# one direction outgrow all others, and every position would give the same token.
_SUB_SCALE = 48.4  # of 32..63, each equally likely


def _q4_k(pool: _Pool, factor: float, unit: float) -> None:
    """Q4_K and Q5_K: scale x number - minimum, both with six-bit factors for 32 elements each (32..63 here, and the same)."""
    pool.half(0, unit * _SUB_SCALE)
    pool.minimum(0, 2, factor)
    pool.map(4, 4, lambda byte: byte | 0xA0)
    pool.copy(4, 8, 4)
    pool.map(12, 4, lambda byte: (byte & 0x0F) * 0x11)


def _q2_k(pool: _Pool) -> None:
    pool.map(0, 16, lambda byte: (byte & 7 | 8) * 0x11)
    pool.half(80, 13.2)
    pool.minimum(80, 82, 1.5)


def _q6_k(pool: _Pool) -> None:
    pool.map(192, 16, lambda byte: (32 + (byte & 31)) * (-1 if byte & 0x80 else 1))
    pool.half(208, 18.5 * _SUB_SCALE, signed=True)


def _pair(pool: _Pool, unit: float, factor: float) -> None:
    pool.half(0, unit)
    pool.minimum(0, 2, -factor)


def _mxfp4(pool: _Pool) -> None:
    """A power of two for 32 elements; theirs have a root mean square of 2.93."""
    exponent = math.frexp(pool.deviation / 2.93)[1] + 126  # frexp counts from 0.5
    pool.map(0, 1, lambda byte: exponent + (byte & 1))


def _f16(pool: _Pool) -> None:
    """Sign and mantissa are random; the exponent is that of the deviation, or one below."""
    exponent = max(2, math.frexp(pool.deviation)[1] + 14)
    pool.map(1, 1, lambda byte: byte & 0x83 | (exponent - (byte >> 2 & 1)) << 2)


def _float(pool: _Pool, last: int) -> None:
    """BF16 and F32: likewise. `last`: offset of the highest byte."""
    exponent = math.frexp(pool.deviation)[1] + 126
    pool.map(last, 1, lambda byte: byte & 0x80 | exponent >> 1)
    pool.map(last - 1, 1, lambda byte: byte & 0x7F | (exponent & 1) << 7)


_SETTERS: dict[str, Callable[[_Pool], None]] = {
    "F32": lambda pool: _float(pool, 3),
    "F16": _f16,
    "BF16": lambda pool: _float(pool, 1),
    "Q4_0": lambda pool: pool.half(0, 4.64, signed=True),
    "Q4_1": lambda pool: _pair(pool, 4.61, 7.5),
    "Q5_0": lambda pool: pool.half(0, 9.25, signed=True),
    "Q5_1": lambda pool: _pair(pool, 9.23, 15.5),
    "Q8_0": lambda pool: pool.half(0, 73.9, signed=True),
    "Q2_K": _q2_k,
    "Q3_K": lambda pool: pool.half(108, 18.5 * 2.34, signed=True),
    "Q4_K": lambda pool: _q4_k(pool, 7.5, 4.61),
    "Q5_K": lambda pool: _q4_k(pool, 15.5, 9.23),
    "Q6_K": _q6_k,
    "IQ4_NL": lambda pool: pool.half(0, 67.4, signed=True),
    "IQ4_XS": lambda pool: pool.half(0, 18.5 * 67.4, signed=True),
    "MXFP4": _mxfp4,
}


def set_scales(block: Block, data: bytearray, deviation: float) -> None:
    """Turns random bytes into blocks whose weights have about this standard deviation, in place."""
    _SETTERS[block.name](_Pool(block, data, deviation))

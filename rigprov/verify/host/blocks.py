"""Tensor types of GGUF files: elements and bytes of one block.

Numbers: `enum ggml_type` and the `block_*` structures of llama.cpp (ggml/include/ggml.h, ggml/src/ggml-common.h, 2025).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Block(NamedTuple):
    """One tensor type."""

    name: str
    kind: int  # its number in the file
    elements: int  # per block
    size: int  # bytes per block


ALL = (
    Block("F32", 0, 1, 4),
    Block("F16", 1, 1, 2),
    Block("Q4_0", 2, 32, 18),
    Block("Q4_1", 3, 32, 20),
    Block("Q5_0", 6, 32, 22),
    Block("Q5_1", 7, 32, 24),
    Block("Q8_0", 8, 32, 34),
    Block("Q2_K", 10, 256, 84),
    Block("Q3_K", 11, 256, 110),
    Block("Q4_K", 12, 256, 144),
    Block("Q5_K", 13, 256, 176),
    Block("Q6_K", 14, 256, 210),
    Block("IQ4_NL", 20, 32, 18),
    Block("IQ4_XS", 23, 256, 136),
    Block("BF16", 30, 1, 2),
    Block("MXFP4", 39, 32, 17),
)
BY_NAME = {block.name: block for block in ALL}
BY_KIND = {block.kind: block for block in ALL}


def elements(shape: Sequence[int]) -> int:
    """Number of elements of a tensor."""
    count = 1
    for extent in shape:
        count *= extent
    return count


def size(block: Block, shape: Sequence[int]) -> int:
    """Bytes of a tensor. Rows are whole numbers of blocks.

    Raises:
        ValueError: the row length is no multiple of the block's.
    """
    if not shape or shape[0] % block.elements:
        raise ValueError(
            f"rows of {shape[0] if shape else 0} elements do not fit {block.name}, whose blocks have {block.elements}"
        )
    return elements(shape) // block.elements * block.size

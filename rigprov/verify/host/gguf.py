"""What a GGUF file says of itself: metadata, tensors, and what decoding one token reads of it.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from rigprov.verify.host import blocks
from rigprov.verify.host.gguf_reader import ARRAY, SCALARS, STRING, NotGguf, Reader, Tensor, opened

__all__ = ["ARRAY", "SCALARS", "STRING", "SYNTHETIC", "Header", "NotGguf", "Tensor", "read", "sizes"]

SYNTHETIC = "rigprov.synthetic"  # metadata key that marks our own files
_MOST_PAIRS, _MOST_TENSORS = 1 << 16, 1 << 18  # of the largest models known: some 100, and some 50,000
_MOST_LAYERS = 1 << 16
_LOOKUPS = ("token_embd.weight", "per_layer_token_embd.weight")  # one row is read for a token
_EXPERTS = "_exps."


class Header(NamedTuple):
    """All that stands before the weights."""

    metadata: dict[str, Any]  # long arrays are None
    pairs: list[tuple[str, bytes]]  # each metadata entry as it stands in the file, key included
    tensors: list[Tensor]
    data_start: int
    file_size: int
    alignment: int

    def arch(self, key: str) -> Any:
        """Metadata of this architecture, for example `block_count`."""
        return self.metadata.get(f"{self.metadata.get('general.architecture')}.{key}")

    def number(self, key: str) -> int:
        """Likewise, of a whole number that is not negative; 0 for anything else."""
        found = self.arch(key)
        return found if isinstance(found, int) and found > 0 else 0


def read(path: str) -> Header:
    """The header of a file.

    Raises:
        NotGguf: no such format, cut off, or one part of a model in several files.
        OSError: the file cannot be read.
    """
    with opened(path) as file:
        file_size = os.fstat(file.fileno()).st_size
        reader = Reader(file, file_size)
        if reader.take(4) != b"GGUF":
            raise NotGguf("the file does not start with GGUF")
        if reader.number("I") not in (2, 3):
            raise NotGguf("its version of the format is neither 2 nor 3")
        tensor_count, pair_count = reader.number("Q"), reader.number("Q")
        reader.bounded(pair_count, _MOST_PAIRS, "metadata entries")
        reader.bounded(tensor_count, _MOST_TENSORS, "tensors")
        metadata, pairs = {}, []
        for _ in range(pair_count):
            key, value, raw = reader.pair()
            metadata[key] = value
            pairs.append((key, raw))
        tensors = [reader.tensor() for _ in range(tensor_count)]
        alignment = metadata.get("general.alignment")
        alignment = alignment if isinstance(alignment, int) and alignment > 0 else 32
        start = -(-file.tell() // alignment) * alignment
    parts = metadata.get("split.count")
    if isinstance(parts, int) and parts > 1:
        raise NotGguf("the model is split over several files")
    return Header(metadata, pairs, tensors, start, file_size, alignment)


def sizes(header: Header) -> dict[str, int]:
    """Tensor name -> bytes. Tensors lie one behind the other, so an offset ends the one before it.

    This needs no table of tensor types (new ones appear every few months); the padding counted in is below 32 bytes each.

    Raises:
        NotGguf: the weights are cut off.
    """
    order = sorted(header.tensors, key=lambda tensor: tensor.offset)
    ends = [tensor.offset for tensor in order[1:]] + [header.file_size - header.data_start]
    found = {}
    for tensor, end in zip(order, ends):  # noqa: B905 (`strict` needs Python 3.10)
        found[tensor.name] = end - tensor.offset
        block = blocks.BY_KIND.get(tensor.kind)
        least = blocks.elements(tensor.shape) // block.elements * block.size if block else 0
        if found[tensor.name] < least:
            raise NotGguf("the file is shorter than its header says")
    if not found:
        raise NotGguf("the file holds no weights")
    return found


def bytes_per_token(path: str) -> int:
    """Weights read to decode one token at small depth (the KV cache comes on top and is left out).

    Counted: every tensor; of a table that is only looked up, one row; of the experts' tensors of a mixture of experts,
    the share in use. The embedding table is read whole where it is the output matrix too.

    Raises:
        NotGguf: no such format, cut off, or one part of a model in several files.
        OSError: the file cannot be read.
    """
    return read_for_one_token(read(path))


def read_for_one_token(header: Header) -> int:
    """`bytes_per_token` of a header that was read already."""
    total = 0.0
    found = sizes(header)
    experts, used = header.number("expert_count"), header.number("expert_used_count")
    for tensor in header.tensors:
        size: float = found[tensor.name]
        if tensor.name in _LOOKUPS and (tensor.name != _LOOKUPS[0] or "output.weight" in found):
            size = size / tensor.shape[1] if len(tensor.shape) > 1 else 0
        elif _EXPERTS in tensor.name and 0 < used <= experts:
            size *= used / experts
        total += size
    return round(total)


def kv_bytes_per_position(header: Header) -> int | None:
    """Key/value cache at f16 for one position; None where the metadata does not tell (latent attention, no attention)."""
    layers, heads = header.number("block_count"), header.arch("attention.head_count")
    groups = header.arch("attention.head_count_kv") or heads
    if header.arch("attention.kv_lora_rank") or not layers or not groups:
        return None
    each = groups if isinstance(groups, list) else [groups] * min(layers, _MOST_LAYERS)  # a list: one number for each layer
    if not all(isinstance(count, int) and count >= 0 for count in each):
        return None
    embedding = header.number("embedding_length")
    of_head = embedding // heads if isinstance(heads, int) and heads > 0 else 0
    width = (header.number("attention.key_length") or of_head) + (header.number("attention.value_length") or of_head)
    return sum(each) * width * 2 if width else None

"""What a GGUF file says of itself: metadata, tensors, and what decoding one token reads of it.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import os
import struct
from typing import Any, BinaryIO, NamedTuple

from rigprov.verify.host import blocks

SYNTHETIC = "rigprov.synthetic"  # metadata key that marks our own files
SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
STRING, ARRAY = 8, 9
_KEPT = 4096  # longer arrays (tokenizers) are not read into memory
_LOOKUPS = ("token_embd.weight", "per_layer_token_embd.weight")  # one row is read for a token
_EXPERTS = "_exps."


class NotGguf(ValueError):  # noqa: N818
    """The file is not one complete GGUF model; the message says what is amiss."""


class Tensor(NamedTuple):
    """One tensor, as the header lists it."""

    name: str
    shape: tuple[int, ...]  # the row length first
    kind: int  # number of its type
    offset: int  # in the data section


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


class _Reader:
    """Cursor over the header. Raises `NotGguf` at the end of the file."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size  # a count in a damaged file may be larger than all memory

    def take(self, count: int) -> bytes:
        data = self._file.read(count) if count <= self._size else b""
        if len(data) != count:
            raise NotGguf("the file ends within its header")
        return data

    def number(self, code: str) -> Any:
        return struct.unpack("<" + code, self.take(struct.calcsize("<" + code)))[0]

    def string(self) -> str:
        return self.take(self.number("Q")).decode("utf-8", "replace")

    def value(self, kind: int) -> Any:
        if kind == STRING:
            return self.string()
        if kind == ARRAY:
            return self._array()
        if kind not in SCALARS:
            raise NotGguf(f"unknown metadata type {kind}")
        return self.number(SCALARS[kind])

    def _array(self) -> Any:
        kind, count = self.number("I"), self.number("Q")
        if kind == ARRAY:
            raise NotGguf("an array of arrays in the metadata")
        if count > _KEPT and kind in SCALARS:
            self._file.seek(count * struct.calcsize("<" + SCALARS[kind]), os.SEEK_CUR)
            return None
        if count <= _KEPT:
            return [self.value(kind) for _ in range(count)]
        for _ in range(count):
            self.value(kind)
        return None

    def pair(self) -> tuple[str, Any, bytes]:
        start = self._file.tell()
        key = self.string()
        value = self.value(self.number("I"))
        end = self._file.tell()
        self._file.seek(start)
        return key, value, self.take(end - start)

    def tensor(self) -> Tensor:
        name, dimensions = self.string(), self.number("I")
        shape = struct.unpack(f"<{dimensions}Q", self.take(8 * dimensions))
        return Tensor(name, shape, self.number("I"), self.number("Q"))


def read(path: str) -> Header:
    """The header of a file.

    Raises:
        NotGguf: no such format, cut off, or one part of a model in several files.
        OSError: the file cannot be read.
    """
    with open(path, "rb") as file:  # noqa: PTH123 (the host's side speaks plain paths)
        file_size = os.fstat(file.fileno()).st_size
        reader = _Reader(file, file_size)
        if reader.take(4) != b"GGUF":
            raise NotGguf("the file does not start with GGUF")
        if reader.number("I") not in (2, 3):
            raise NotGguf("its version of the format is neither 2 nor 3")
        tensor_count, pair_count = reader.number("Q"), reader.number("Q")
        metadata, pairs = {}, []
        for _ in range(pair_count):
            key, value, raw = reader.pair()
            metadata[key] = value
            pairs.append((key, raw))
        tensors = [reader.tensor() for _ in range(tensor_count)]
        alignment = metadata.get("general.alignment")
        alignment = alignment if isinstance(alignment, int) and alignment > 0 else 32
        start = -(-file.tell() // alignment) * alignment
    if (metadata.get("split.count") or 1) > 1:
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
    experts, used = header.arch("expert_count") or 0, header.arch("expert_used_count") or 0
    for tensor in header.tensors:
        size: float = found[tensor.name]
        if tensor.name in _LOOKUPS and (tensor.name != _LOOKUPS[0] or "output.weight" in found):
            size = size / tensor.shape[1] if len(tensor.shape) > 1 else 0
        elif _EXPERTS in tensor.name and experts and used:
            size *= used / experts
        total += size
    return round(total)


def kv_bytes_per_position(header: Header) -> int | None:
    """Key/value cache at f16 for one position; None where the metadata does not tell (latent attention, no attention)."""
    layers, heads = header.arch("block_count"), header.arch("attention.head_count")
    if header.arch("attention.kv_lora_rank") or not isinstance(layers, int) or not heads:
        return None
    groups = header.arch("attention.head_count_kv") or heads
    all_groups = sum(groups) if isinstance(groups, list) else groups * layers  # a list: one number for each layer
    embedding = header.arch("embedding_length") or 0
    of_head = embedding // heads if isinstance(heads, int) else 0
    width = (header.arch("attention.key_length") or of_head) + (header.arch("attention.value_length") or of_head)
    return all_groups * width * 2 if width else None

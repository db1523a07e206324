"""Bytes of weights that one decoded token reads, from a GGUF file's header.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import os
import struct
from typing import Any, BinaryIO

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_LOOKUP = "token_embd.weight"  # one row of it is read for a token, unless it is the output matrix too
_EXPERTS = "_exps."


class NotGguf(ValueError):  # noqa: N818
    """The file is not one complete GGUF model; the message says what is amiss."""


class _Reader:
    """Cursor over the header. Raises `NotGguf` at the end of the file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def bytes(self, count: int) -> bytes:
        data = self._file.read(count)
        if len(data) != count:
            raise NotGguf("the file ends within its header")
        return data

    def number(self, code: str) -> Any:
        return struct.unpack("<" + code, self.bytes(struct.calcsize("<" + code)))[0]

    def string(self) -> str:
        return self.bytes(self.number("Q")).decode("utf-8", "replace")

    def value(self, kind: int) -> Any:
        """One metadata value; arrays (tokenizers) are skipped and read as None."""
        if kind == _STRING:
            return self.string()
        if kind == _ARRAY:
            self._skip_array()
            return None
        if kind not in _SCALARS:
            raise NotGguf(f"unknown metadata type {kind}")
        return self.number(_SCALARS[kind])

    def _skip_array(self) -> None:
        kind, count = self.number("I"), self.number("Q")
        if kind in _SCALARS:
            self._file.seek(count * struct.calcsize("<" + _SCALARS[kind]), os.SEEK_CUR)
            return
        for _ in range(count):
            self.value(kind)


def _tensors(reader: _Reader, count: int) -> dict[str, int]:
    """Tensor name -> offset in the data section."""
    offsets = {}
    for _ in range(count):
        name = reader.string()
        dimensions = reader.number("I")
        reader.bytes(8 * dimensions + 4)
        offsets[name] = reader.number("Q")
    return offsets


def _sizes(offsets: dict[str, int], data_bytes: int) -> dict[str, int]:
    """Tensor name -> bytes. Tensors lie one behind the other, so an offset ends the one before it.

    This needs no table of tensor types (new ones appear every few months); the padding counted in is below 32 bytes each.
    """
    order = sorted(offsets, key=lambda name: offsets[name])
    ends = [offsets[name] for name in order[1:]] + [data_bytes]
    sizes = {name: end - offsets[name] for name, end in zip(order, ends)}  # noqa: B905 (`strict` needs Python 3.10)
    if min(sizes.values(), default=-1) < 0:
        raise NotGguf("the file is shorter than its header says")
    return sizes


def bytes_per_token(path: str) -> int:
    """Weights read to decode one token at small depth (the KV cache comes on top and is left out).

    Counted: every tensor, except the embedding table where the output matrix is another tensor; of the experts' tensors
    of a mixture-of-experts model only the share in use.

    Raises:
        NotGguf: no such format, cut off, or one part of a model in several files.
        OSError: the file cannot be read.
    """
    with open(path, "rb") as file:  # noqa: PTH123 (the host's side speaks plain paths)
        reader = _Reader(file)
        if reader.bytes(4) != b"GGUF":
            raise NotGguf("the file does not start with GGUF")
        reader.number("I")  # version
        tensor_count, pair_count = reader.number("Q"), reader.number("Q")
        metadata = {}
        for _ in range(pair_count):
            key = reader.string()
            metadata[key] = reader.value(reader.number("I"))
        offsets = _tensors(reader, tensor_count)
        alignment = metadata.get("general.alignment") or 32
        start = -(-file.tell() // alignment) * alignment
        data_bytes = file.seek(0, os.SEEK_END) - start
    if (metadata.get("split.count") or 1) > 1:
        raise NotGguf("the model is split over several files")
    return _read_for_one_token(_sizes(offsets, data_bytes), metadata)


def _read_for_one_token(sizes: dict[str, int], metadata: dict[str, Any]) -> int:
    arch = metadata.get("general.architecture")
    experts = metadata.get(f"{arch}.expert_count") or 0
    used = metadata.get(f"{arch}.expert_used_count") or 0
    share = used / experts if experts and used else 1.0
    total = 0.0
    for name, size in sizes.items():
        if name == _LOOKUP and "output.weight" in sizes:
            continue
        total += size * (share if _EXPERTS in name else 1.0)
    return round(total)

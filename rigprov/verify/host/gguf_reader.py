"""Reads the header of a GGUF file piece by piece, and is not led astray by a damaged one: no count in it is believed.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import os
import stat
import struct
from typing import Any, BinaryIO, NamedTuple

SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
STRING, ARRAY = 8, 9
_KEPT = 4096  # longer arrays (tokenizers) are not read into memory
_LARGEST = 256 << 20  # bytes that are read of a header, each entry twice; those of the largest models have some 20 MiB
_MOST_TEXTS = 1 << 21  # in a list; the largest vocabularies have some 260,000
_MOST_DIMENSIONS = 8  # ggml: 4


class NotGguf(ValueError):  # noqa: N818
    """The file is not one complete GGUF model; the message says what is amiss."""


class Tensor(NamedTuple):
    """One tensor, as the header lists it."""

    name: str
    shape: tuple[int, ...]  # the row length first
    kind: int  # number of its type
    offset: int  # in the data section


def opened(path: str) -> BinaryIO:
    """The file, to be read; waits for nobody, as a pipe would.

    Raises:
        NotGguf: it is no regular file.
        OSError: it cannot be read.
    """
    file = open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK))  # noqa: SIM115
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise NotGguf("it is no file but a pipe or a device")
    return file


class Reader:
    """Cursor over the header. Raises `NotGguf` at the end of the file."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size  # a count in a damaged file may be larger than all memory
        self._taken = 0

    def take(self, count: int) -> bytes:
        """The next bytes."""
        self._taken += count
        if count <= self._size and self._taken > _LARGEST:
            raise NotGguf(f"its header is larger than {_LARGEST >> 21} MiB, more than any model needs")
        data = self._file.read(count) if count <= self._size else b""
        if len(data) != count:
            raise NotGguf("the file ends within its header")
        return data

    def bounded(self, count: int, most: int, of: str) -> None:
        """Refuse a count that no model has."""
        if count > self._size:
            raise NotGguf("the file ends within its header")
        if count > most:
            raise NotGguf(f"its header tells of {count} {of}, more than any model has")

    def number(self, code: str) -> Any:
        """One number, by its code in `struct`."""
        return struct.unpack("<" + code, self.take(struct.calcsize("<" + code)))[0]

    def string(self) -> str:
        """A text with its length before it."""
        return self.take(self.number("Q")).decode("utf-8", "replace")

    def value(self, kind: int) -> Any:
        """Of a metadata entry; None for a long list."""
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
        self.bounded(count, _LARGEST if kind in SCALARS else _MOST_TEXTS, "entries in one list")
        if count > _KEPT and kind in SCALARS:
            self._file.seek(count * struct.calcsize("<" + SCALARS[kind]), os.SEEK_CUR)
            return None
        if count <= _KEPT:
            return [self.value(kind) for _ in range(count)]
        for _ in range(count):
            self.value(kind)
        return None

    def pair(self) -> tuple[str, Any, bytes]:
        """One metadata entry: key, value, and as it stands in the file."""
        start = self._file.tell()
        key = self.string()
        value = self.value(self.number("I"))
        end = self._file.tell()
        self._file.seek(start)
        return key, value, self.take(end - start)

    def tensor(self) -> Tensor:
        """One line of the list of tensors."""
        name, dimensions = self.string(), self.number("I")
        if not 0 < dimensions <= _MOST_DIMENSIONS:
            raise NotGguf(f"tensor {name[:100]} has {dimensions} dimensions")
        shape = struct.unpack(f"<{dimensions}Q", self.take(8 * dimensions))
        if 0 in shape:
            raise NotGguf(f"tensor {name[:100]} has no elements")
        return Tensor(name, shape, self.number("I"), self.number("Q"))

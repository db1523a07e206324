"""Writes a model file with random weights: tensors, types and size of a real one, and nothing to download.

Decode speed depends on shapes and formats, so it is that of the real file. The text it writes is nonsense.

A recipe is a dict of plain JSON types:
  `name` (for messages), `size` (bytes of the whole file; absent: as it comes), `seed`,
  `metadata`: list of [key, "u32" | "i32" | "f32" | "bool" | "str", value],
  `tensors`: list of [name, shape (row length first), type name],
  `vocabulary`: number of tokens of a made-up tokenizer, or `raw_metadata`: list of base64 entries of a real file.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import queue
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from rigprov.verify.host import gguf
from rigprov.verify.host.synth_header import Refused, block_of, header, padded
from rigprov.verify.host.synth_like import like
from rigprov.verify.host.synth_values import Weights

__all__ = ["Refused", "chunks", "is_synthetic", "like", "sha256", "size", "write"]

_SPARE = 64 << 20  # bytes that stay free
_SYNC = 1 << 30  # bytes between two waits for the disk: keeps memory from filling with unwritten data


def chunks(recipe: dict[str, Any], head: bytes | None = None) -> Iterator[Any]:
    """The file's content, in pieces of up to some 40 MiB. `head`: its header, where that is made already.

    Raises:
        Refused: the recipe cannot be followed.
    """
    yield header(recipe) if head is None else head
    weights = Weights(recipe["tensors"], recipe.get("seed", 1))
    for name, shape, kind in recipe["tensors"]:
        block, size = block_of(name, shape, kind)
        yield from weights.chunks(name, shape, block)
        if padded(size) > size:
            yield bytes(padded(size) - size)


def size(recipe: dict[str, Any], head: bytes | None = None) -> int:
    """Bytes of the whole file."""
    data = sum(padded(block_of(*tensor)[1]) for tensor in recipe["tensors"])
    return len(header(recipe) if head is None else head) + data


def is_synthetic(path: str) -> bool:
    """Whether a file is one of ours, by its mark.

    Raises:
        OSError: it cannot be read.
    """
    try:
        return gguf.read(path).metadata.get(gguf.SYNTHETIC) is True
    except gguf.NotGguf:
        return False


def sha256(recipe: dict[str, Any]) -> str:
    """Hash of the file that the recipe makes; nothing is written."""
    digest = hashlib.sha256()
    for piece in chunks(recipe):
        digest.update(piece)
    return digest.hexdigest()


def write(recipe: dict[str, Any], path: str, said: Callable[[int, int], None] | None = None) -> dict[str, Any]:
    """Writes the file, under a hidden name first; `path` holds a whole file at any time, or none.

    Args:
        recipe: see above.
        path: where to; only a file that is marked as synthetic is replaced.
        said: called with bytes written and bytes in all, now and then.

    Returns:
        `sha256`, `size` (bytes), `seconds` (until it was on the disk).

    Raises:
        Refused: another file is there, too little space, another run writes it, or the recipe cannot be followed.
        OSError: the disk or the folder says no.
    """
    began = time.monotonic()
    path = os.path.realpath(path)
    _may_replace(path)
    head = header(recipe)
    total = size(recipe, head)
    folder, name = os.path.split(path)
    hidden = os.path.join(folder, f".{name}.rigprov-synthetic")  # noqa: PTH118
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(hidden, flags, 0o644), "r+b", buffering=0) as file:
        if not _locked(file, hidden):
            raise Refused(f"another run is writing {path}")
        try:
            file.truncate(0)  # what a run that was killed left
            _enough_space(folder, total)
            digest = _fill(file, chunks(recipe, head), total, said or (lambda *_: None))
            _may_replace(path)
            os.rename(hidden, path)  # noqa: PTH104
        except BaseException:
            os.unlink(hidden)  # noqa: PTH108
            raise
    _sync_folder(folder)
    return {"sha256": digest, "size": total, "seconds": round(time.monotonic() - began, 3)}


def _locked(file: BinaryIO, path: str) -> bool:
    """Takes the lock; False where another run has it, or had it and has just given the file its name."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(file.fileno()), os.stat(path))  # noqa: PTH116
    except (BlockingIOError, FileNotFoundError):
        return False


def _may_replace(path: str) -> None:
    if os.path.lexists(path) and not (os.path.isfile(path) and is_synthetic(path)):  # noqa: PTH113
        raise Refused(f"{path} is there and is not a synthetic model file")


def _enough_space(folder: str, total: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < total + _SPARE:
        raise Refused(f"{folder} has {free / 1e9:.2f} GB free, the file needs {(total + _SPARE) / 1e9:.2f} GB")


def _fill(file: BinaryIO, content: Iterator[Any], total: int, said: Callable[[int, int], None]) -> str:
    """Writes all pieces; their hash is taken meanwhile, in a thread (hashing gives the interpreter's lock back)."""
    pieces: queue.Queue[Any] = queue.Queue(maxsize=8)
    digest = hashlib.sha256()

    def take() -> None:
        for piece in iter(pieces.get, None):
            digest.update(piece)

    hasher = threading.Thread(target=take, daemon=True)
    hasher.start()
    try:
        written = _write_all(file, content, total, said, pieces)
    finally:
        pieces.put(None)
        hasher.join()
    if written != total:
        raise Refused(f"{written} bytes were written instead of {total}")
    os.fsync(file.fileno())
    return digest.hexdigest()


def _write_all(
    file: BinaryIO, content: Iterator[Any], total: int, said: Callable[[int, int], None], pieces: queue.Queue[Any]
) -> int:
    written = synced = 0
    for piece in content:
        pieces.put(piece)
        rest = memoryview(piece)
        while rest:
            rest = rest[file.write(rest) :]
        written += len(piece)
        said(written, total)
        if written - synced >= _SYNC:
            os.fdatasync(file.fileno())
            synced = written
    return written


def _sync_folder(folder: str) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

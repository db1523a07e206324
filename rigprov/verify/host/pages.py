"""What of a file the kernel holds in memory, and how it lets go of it."""

from __future__ import annotations

import contextlib
import mmap
import os

_WINDOW = 64 << 20  # bytes looked at in one place
_WINDOWS = 32  # places, spread over the file: a model of 40 GB has ten million pages


def resident(path: str) -> float | None:
    """Share of the file's pages that are in memory, from samples over the whole of it; None where the kernel does not tell."""
    with contextlib.suppress(OSError, ImportError, AttributeError):  # a minimal Python has no ctypes
        descriptor = os.open(path, os.O_RDONLY)
        try:
            seen = [_count(descriptor, offset, length) for offset, length in windows(os.fstat(descriptor).st_size)]
        finally:
            os.close(descriptor)
        pages = sum(whole for _, whole in seen)
        return sum(there for there, _ in seen) / pages if pages else None
    return None


def windows(size: int) -> list[tuple[int, int]]:
    """Offsets (of whole pages) and lengths to look at."""
    if size <= _WINDOW * _WINDOWS:
        return [(0, size)] if size else []
    step = (size - _WINDOW) // (_WINDOWS - 1) // mmap.PAGESIZE * mmap.PAGESIZE
    return [(number * step, _WINDOW) for number in range(_WINDOWS)]


def _count(descriptor: int, offset: int, length: int) -> tuple[int, int]:
    """Pages in memory, and pages. Mapping a file reads nothing of it."""
    import ctypes  # only here: everything else must work without it

    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    numbers = (ctypes.c_int, ctypes.c_int, ctypes.c_int)
    libc.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, *numbers, ctypes.c_long)
    libc.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
    libc.mincore.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p)
    at = libc.mmap(None, length, mmap.PROT_READ, mmap.MAP_SHARED, descriptor, offset)
    if at == ctypes.c_void_p(-1).value:
        raise OSError(ctypes.get_errno(), "mmap")
    try:
        count = -(-length // mmap.PAGESIZE)
        there = ctypes.create_string_buffer(count)
        if libc.mincore(at, length, there):
            raise OSError(ctypes.get_errno(), "mincore")
        return sum(value & 1 for value in there.raw), count
    finally:
        libc.munmap(at, length)


def most_resident(paths: list[str]) -> float | None:
    """The largest share among some files, 0 of none; None where it cannot be seen of one."""
    shares = [resident(path) for path in paths]
    return None if None in shares else max([share for share in shares if share is not None], default=0.0)


def drop(*paths: str) -> None:
    """Lets the kernel forget files' pages. It keeps those that a process has mapped, and file systems in memory keep all.

    Raises:
        OSError: a file cannot be opened.
    """
    for path in paths:
        _drop(path)


def _drop(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # a file system that cannot: then it stays, which `resident` shows
            os.fdatasync(descriptor)  # unwritten pages are not dropped
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def from_disk() -> int | None:
    """Bytes that this process has had fetched from storage so far; None where the kernel does not count them."""
    with contextlib.suppress(OSError, ValueError, IndexError), open("/proc/self/io", encoding="ascii") as file:  # noqa: PTH123
        return int(file.read().partition("\nread_bytes:")[2].split()[0])
    return None

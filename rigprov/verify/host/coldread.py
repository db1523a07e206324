"""How fast a file comes from the disk, read in order as an engine loads it, past what the kernel holds in memory.

Some threads take turns with blocks of the same stretch: a request is always waiting at the disk, as an NVMe wants it, and a hard
disk still reads in order. Reading lets go of Python's global lock.
"""

from __future__ import annotations

import mmap
import os
import threading
import time
from typing import Any

from rigprov.verify.host import pages

THREADS, BLOCK = 4, 4 << 20
STRETCHES = 4  # spread over the file: how far they differ tells how steady the disk is
_LONGEST_S = 0.8  # for one stretch
_ENOUGH_S = 5.0  # for all; at a disk that crawls, the last ones are left out
_LARGEST = 3 << 30  # bytes of one stretch
SMALLEST = 64 << 20  # bytes of a file; less is read before a clock can tell
_COLD = 0.02  # share of pages in memory that is still none
_COUNTED = 0.95  # share of what was read that must have come from storage


class _Stretch:
    """One part of the file, read by all threads."""

    def __init__(self, descriptor: int, begin: int, end: int) -> None:
        self._descriptor, self._next, self._end = descriptor, begin, end
        self._lock, self._until = threading.Lock(), time.perf_counter() + _LONGEST_S
        self.read, self.failure = 0, ""

    def work(self, buffer: mmap.mmap) -> None:
        """One thread's share."""
        try:
            while True:
                with self._lock:
                    at, self._next = self._next, self._next + BLOCK
                if at + BLOCK > self._end or time.perf_counter() > self._until:
                    return
                count = os.preadv(self._descriptor, [buffer], at)
                with self._lock:
                    self.read += count
                if count < BLOCK:
                    self.failure = "the file became shorter"
                    return
        except OSError as error:
            self.failure = error.strerror or str(error)


def measure(path: str, backing: list[str], *, may_drop: bool) -> dict[str, Any]:
    """`gb_s` (decimal, over all), `stretches_gb_s`, `bytes`, `seconds`, `method`, `resident`; or a `reason`.

    Args:
        path: of the file.
        backing: files that loop devices below it are made of, whose pages are a second cache.
        may_drop: whether the kernel may be told to forget the files' pages. Not while an engine may want them.
    """
    try:
        size = os.stat(path).st_size  # noqa: PTH116
        if size < SMALLEST:
            return {"reason": f"the file is too small for it ({size / 1e6:.1f} MB)"}
        return _measured(path, backing, size, may_drop=may_drop)
    except OSError as error:
        return {"reason": f"it cannot be read: {error.strerror or error}"}


def _measured(path: str, backing: list[str], size: int, *, may_drop: bool) -> dict[str, Any]:
    descriptor, method = _opened(path)
    cached = [*([path] if method == "buffered" else []), *backing]  # what could answer in the disk's place
    try:
        if may_drop:
            pages.drop(*cached)
        there = pages.most_resident(cached)
        if there is None or there > _COLD:
            return {"reason": _not_cold(there), "method": method, "resident": there}
        return {"method": method, "resident": there if cached else None, **_timed(descriptor, size)}
    finally:
        os.close(descriptor)
        if may_drop:
            pages.drop(*cached)


def _opened(path: str) -> tuple[int, str]:
    """Past the kernel's memory ("direct") where the file system allows it, else through it ("buffered")."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECT)
    except OSError:
        return os.open(path, os.O_RDONLY), "buffered"
    try:
        os.preadv(descriptor, [mmap.mmap(-1, mmap.PAGESIZE)], 0)  # some say no only now
    except OSError:
        os.close(descriptor)
        return os.open(path, os.O_RDONLY), "buffered"
    return descriptor, "direct"


def _not_cold(there: float | None) -> str:
    if there is None:
        return "it cannot be seen whether the file is in memory"
    return f"{there * 100:.0f} % of the file stay in memory (an engine has it mapped, or it is on a disk image that is in memory)"


def _timed(descriptor: int, size: int) -> dict[str, Any]:
    buffers = [mmap.mmap(-1, BLOCK) for _ in range(THREADS)]
    for buffer in buffers:
        buffer.write(bytes(BLOCK))  # so that the first read need not find memory
    before, began = pages.from_disk(), time.perf_counter()
    done: list[tuple[int, float]] = []
    for number in range(STRETCHES):
        begin, end = (size * part // STRETCHES // BLOCK * BLOCK for part in (number, number + 1))
        done.append(_one(_Stretch(descriptor, begin, min(end, begin + _LARGEST)), buffers))
        read, after = sum(count for count, _ in done), pages.from_disk()
        if before is not None and after is not None and after - before < _COUNTED * read:
            return {"reason": _elsewhere((after - before) / read), "bytes": read}
        if time.perf_counter() - began > _ENOUGH_S:
            break
    seconds = sum(took for _, took in done)
    return {
        "gb_s": round(read / seconds / 1e9, 4),
        "stretches_gb_s": [round(count / took / 1e9, 4) for count, took in done],
        "bytes": read,
        "seconds": round(seconds, 3),
    }


def _one(stretch: _Stretch, buffers: list[mmap.mmap]) -> tuple[int, float]:
    began = time.perf_counter()
    threads = [threading.Thread(target=stretch.work, args=(buffer,), daemon=True) for buffer in buffers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    if stretch.failure:
        raise OSError(0, stretch.failure)
    return stretch.read, seconds


def _elsewhere(share: float) -> str:
    return f"only {share * 100:.0f} % of what was read came from a disk of this machine (the rest from memory, or another one)"

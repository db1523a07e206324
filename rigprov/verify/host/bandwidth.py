"""Memory read bandwidth, measured on the spot.

Decoding one token reads all weights once, so bandwidth / bytes per token bounds the speed. What is needed is the rate of a
plain sequential read by all cores. libc's `memchr` for a byte that is not there is exactly that: it only reads, every libc
has it hand-tuned with the CPU's vector instructions, and a foreign call through ctypes lets go of Python's global lock, so
threads run in parallel. No compiler and no numpy is needed on the host.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import threading
import time
from typing import Any

from rigprov.verify.host import machine

_MIB = 1 << 20
_LEAST = 256 * _MIB
_PASSES = 8
_CACHES = 4  # a buffer of four times the last-level cache leaves at most a fourth of the reads to it
_SHARE = 4  # at most this fraction of the free memory


def buffer_bytes(l3: int | None, available: int) -> int | None:
    """Size of the buffer; None where a fourth of the free memory does not get clear of the cache."""
    wanted = max(_LEAST, _CACHES * (l3 or 0))
    return wanted if wanted <= available // _SHARE else None


def measure(cores: int) -> dict[str, Any]:
    """Best of several passes: `gb_s` (decimal), all passes, buffer and threads; or `reason` where it cannot be measured.

    The best and not the median, because this is the yardstick: whatever disturbs a pass only makes it slower.
    """
    available = machine.memory_bytes()["available"]
    size = buffer_bytes(machine.l3_bytes(), available)
    if size is None:
        return {"reason": f"{available // _MIB} MiB of free memory are too few for a buffer that the CPU's cache cannot hold"}
    watch = machine.Watch()
    passes = _passes(size, cores)
    used = watch.end()
    return {
        "gb_s": round(max(passes), 2),
        "passes_gb_s": [round(value, 2) for value in passes],
        "buffer_mib": size // _MIB,
        "threads": cores,
        "watch": used,
        "disturbed": machine.disturbed(used, cores, cores),
    }


def _passes(size: int, threads: int) -> list[float]:
    libc = ctypes.CDLL(None)
    libc.memchr.restype = ctypes.c_void_p
    libc.memchr.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
    buffer = mmap.mmap(-1, size)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with contextlib.suppress(OSError):  # a kernel without huge pages: small ones then
            buffer.madvise(mmap.MADV_HUGEPAGE)  # fewer address translations
    first = ctypes.c_char.from_buffer(buffer)
    base, part = ctypes.addressof(first), size // threads
    rates: list[float] = []

    def timed() -> None:
        rates.append(part * threads / 1e9 / (time.perf_counter() - started[0]))

    started = [0.0]
    begin = threading.Barrier(threads, action=lambda: started.__setitem__(0, time.perf_counter()))
    end = threading.Barrier(threads, action=timed)

    def read(index: int) -> None:
        at = base + index * part
        ctypes.memset(at, 1, part)  # by the thread that reads it: the pages come to lie next to its core
        for _ in range(_PASSES):
            begin.wait()
            libc.memchr(at, 2, part)
            end.wait()

    workers = [threading.Thread(target=read, args=(index,)) for index in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    del first
    buffer.close()
    return rates

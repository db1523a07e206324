"""The machine below the engine: cores, caches, memory, and what else uses the CPU. Linux, from /proc and /sys."""

from __future__ import annotations

import glob
import os
import time
from typing import Any

from rigprov.verify.host import processes

_TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_CPU = "/sys/devices/system/cpu"


def text(path: str) -> str:
    """Content of a small file; "" where it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            return file.read().strip()
    except OSError:
        return ""


def physical_cores() -> int:
    """Distinct cores that this process may use at a time; all CPUs count where the topology is hidden."""
    usable = os.sched_getaffinity(0)
    topology = f"{_CPU}/cpu{{}}/topology/"
    cores = set()
    for cpu in usable:
        core = text(topology.format(cpu) + "core_id")
        cores.add((text(topology.format(cpu) + "physical_package_id"), core) if core else ("cpu", str(cpu)))
    quota, _, period = text("/sys/fs/cgroup/cpu.max").partition(" ")
    allowed = -(-int(quota) // int(period)) if quota.isdigit() and period.isdigit() else len(cores)
    return max(1, min(len(cores), allowed))


def l3_bytes() -> int | None:
    """Sum over the distinct level-3 caches; None where the kernel doesn't say."""
    caches = {}
    for index in glob.glob(f"{_CPU}/cpu[0-9]*/cache/index3"):  # noqa: PTH207
        size = text(index + "/size")
        if size.endswith("K"):
            caches[text(index + "/shared_cpu_list")] = int(size[:-1]) * 1024
    return sum(caches.values()) or None


def memory_bytes() -> dict[str, int]:
    """`available`: for a new process, within the cgroup's limit; `swap_used`."""
    fields = {name: int(rest.split()[0]) * 1024 for name, _, rest in _meminfo()}
    available = fields.get("MemAvailable", 0)
    limit, used = text("/sys/fs/cgroup/memory.max"), text("/sys/fs/cgroup/memory.current")
    if limit.isdigit() and used.isdigit():
        available = min(available, max(0, int(limit) - int(used)))
    return {"available": available, "swap_used": fields.get("SwapTotal", 0) - fields.get("SwapFree", 0)}


def ram_bytes() -> dict[str, int]:
    """`total` and `available` RAM of the whole machine, whatever a cgroup allows."""
    fields = {name: int(rest.split()[0]) * 1024 for name, _, rest in _meminfo()}
    return {"total": fields.get("MemTotal", 0), "available": fields.get("MemAvailable", 0)}


def _meminfo() -> list[tuple[str, str, str]]:
    return [line.partition(":") for line in text("/proc/meminfo").splitlines()]


def governor() -> str | None:
    """CPU frequency governor of the first CPU; None where the machine has none to choose (most VMs)."""
    return text(f"{_CPU}/cpu0/cpufreq/scaling_governor") or None


def process_seconds(pid: int) -> float:
    """CPU time of a process so far, all its threads; 0 when it is gone."""
    found = processes.stat(pid)
    return found[2] if found else 0.0


def _cpu_line() -> dict[str, float]:
    """Busy and stolen CPU seconds of the whole machine since it booted."""
    user, nice, system, _idle, _wait, irq, softirq, steal = [int(word) / _TICK for word in text("/proc/stat").split()[1:9]]
    return {"busy": user + nice + system + irq + softirq, "steal": steal}


def _throttled_us() -> int:
    """Time that the cgroup's CPU quota held this process back, in microseconds."""
    for line in text("/sys/fs/cgroup/cpu.stat").splitlines():
        if line.startswith("throttled_usec "):
            return int(line.split()[1])
    return 0


class Watch:
    """What used the CPU between `Watch(pid)` and `end()`.

    Args:
        pid: the process that is meant to work, with all that descend from it; everything else but ourselves is foreign.
            0: only ourselves.
    """

    def __init__(self, pid: int = 0) -> None:
        self._pid = pid
        self._seen = processes.snapshot()
        self._ours = (processes.tree(pid, self._seen) if pid else set()) | {os.getpid()}
        self._before = self._now(self._seen)

    def _now(self, seen: dict[int, tuple[int, str, float]]) -> dict[str, float]:
        own = sum(os.times()[:2])
        worker = sum(seen[pid][2] for pid in self._ours - {os.getpid()} if pid in seen)
        return {"time": time.monotonic(), "wanted": own + worker, "throttled": _throttled_us() / 1e6, **_cpu_line()}

    def end(self) -> dict[str, Any]:
        """Averages over the time watched, in cores: `wanted_cores`, `foreign_cores`, `stolen_cores`; and throttled seconds.

        `others`: the foreign processes that used most, as far as they can be seen from here.
        """
        seen = processes.snapshot()
        now = self._now(seen)
        gone = {key: now[key] - self._before[key] for key in now}
        seconds = max(gone["time"], 1e-3)
        return {
            "seconds": round(gone["time"], 3),
            "wanted_cores": round(gone["wanted"] / seconds, 2),
            "foreign_cores": round(max(0.0, gone["busy"] - gone["wanted"]) / seconds, 2),
            "stolen_cores": round(gone["steal"] / seconds, 2),
            "throttled_s": round(gone["throttled"], 3),
            "others": processes.busiest(self._seen, seen, self._ours, seconds),
        }


def disturbed(watch: dict[str, Any], threads: int, cores: int) -> bool:
    """Whether others took CPU time that the measured threads needed.

    Cores beyond the measured threads may be busy with something else; of the measured threads' own cores others may have
    a tenth. (One spinning thread that waits for a time slice holds up all the others: a tenth is already visible.)
    """
    spare = max(0, cores - threads)
    return bool(watch["foreign_cores"] + watch["stolen_cores"] > spare + 0.1 * threads)

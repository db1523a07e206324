"""Processor and memory, with the limits that a container or cgroup sets."""

import re
from collections.abc import Mapping

from rigprov.facts.parse.fields import ParseError, number, unescape
from rigprov.model.host import Cpu, Memory, Missing, SwapArea

_VECTORS = (
    "avx", "avx2", "fma", "f16c", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile", "neon", "asimd", "sve",
)  # fmt: skip
_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}
# Part numbers of Arm Ltd. (implementer 0x41), from the cores' technical reference manuals; others are told by number.
_ARM = {
    "0xd03": "Cortex-A53", "0xd07": "Cortex-A57", "0xd08": "Cortex-A72", "0xd0b": "Cortex-A76", "0xd0c": "Neoverse-N1",
    "0xd40": "Neoverse-V1", "0xd49": "Neoverse-N2", "0xd4f": "Neoverse-V2",
}  # fmt: skip


def cpu(cpuinfo: str, nproc: str, cgroup: str | Missing, l3: str | Missing) -> Cpu:
    """`/proc/cpuinfo`, `nproc` (which knows the affinity mask), the cgroup's quota, the level-3 caches."""
    blocks = [_fields(block) for block in re.split(r"\n(?=processor\s*:)", cpuinfo.strip())]
    processors = [block for block in blocks if "processor" in block]
    if not processors:
        raise ParseError("it lists no processor")
    usable = number(nproc, "the number of processors")
    quota = None if isinstance(cgroup, Missing) else _quota(cgroup)
    logical = max(1, min(usable, int(quota) if quota else usable))
    cores = {(block["physical id"], block["core id"]) for block in processors if "core id" in block and "physical id" in block}
    flags = {word for block in blocks for key in ("flags", "Features") for word in block.get(key, "").split()}
    return Cpu(
        model=_model(processors[0]),
        physical_cores=min(len(cores) or len(processors), logical),
        logical_cpus=logical,
        vector_extensions=tuple(name for name in _VECTORS if name in flags),
        l3_bytes=l3 if isinstance(l3, Missing) else _l3(l3),
    )


def _fields(block: str) -> dict[str, str]:
    return {key.strip(): value.strip() for line in block.splitlines() for key, found, value in [line.partition(":")] if found}


def _model(block: Mapping[str, str]) -> str:
    if name := block.get("model name"):
        return name
    if block.get("CPU implementer") == "0x41" and (name := _ARM.get(block.get("CPU part", ""))):
        return f"Arm {name}"
    return f"unnamed (implementer {block.get('CPU implementer', '?')}, part {block.get('CPU part', '?')})"


def _limits(cgroup: str) -> list[tuple[str, list[str]]]:
    return [(words[0], words[1:]) for line in cgroup.splitlines() if (words := line.split())]


def _quota(cgroup: str) -> float | None:
    """Processors' worth of time that the tightest limit allows."""
    limits = _limits(cgroup)
    found = [
        number(value[0], "cpu.max") / number(value[1], "cpu.max")
        for key, value in limits
        if key == "cpu.max" and value[0] != "max"
    ]
    old = {key: number(value[0], key) for key, value in limits if key.startswith("cpu.cfs_")}
    if old.get("cpu.cfs_quota_us", -1) > 0 and old.get("cpu.cfs_period_us", 0) > 0:
        found.append(old["cpu.cfs_quota_us"] / old["cpu.cfs_period_us"])
    return min(found, default=None)


def _l3(text: str) -> int:
    total = 0
    for line in text.splitlines():
        size = re.fullmatch(r"\S+ (\d+)([KMG]?)", line.strip())
        if size is None:
            raise ParseError(f"not a cache size: {line!r}")
        total += int(size[1]) * _UNITS[size[2]]
    return total


def memory(meminfo: str, cgroup: str | Missing) -> Memory:
    """`/proc/meminfo` (KiB) and the cgroup's limit (bytes)."""
    values = {key: value.split()[0] for line in meminfo.splitlines() for key, found, value in [line.partition(":")] if found}
    for key in ("MemTotal", "MemAvailable"):
        if key not in values:
            raise ParseError(f"it has no {key}")
    total, available = (number(values[key], key) // 1024 for key in ("MemTotal", "MemAvailable"))
    keys = ("memory.max", "memory.limit_in_bytes")
    limits = (
        [] if isinstance(cgroup, Missing) else [value[0] for key, value in _limits(cgroup) if key in keys and value[0] != "max"]
    )
    total = min([total, *(number(limit, "the memory limit") // 1024**2 for limit in limits)])
    return Memory(total_mib=total, available_mib=min(available, total))


def swaps(text: str) -> tuple[SwapArea, ...]:
    """`/proc/swaps`: path, kind, size and use in KiB, priority."""
    found = []
    for line in text.splitlines()[1:]:
        words = line.split()
        if len(words) < 4:  # noqa: PLR2004  (path, kind, size, used)
            raise ParseError(f"not a line of /proc/swaps: {line!r}")
        path = unescape(words[0])
        kind = "zram" if path.startswith("/dev/zram") else words[1]
        size, used = (number(word, what) // 1024 for word, what in zip(words[2:4], ("size", "use"), strict=True))
        found.append(SwapArea(path, kind, size, used, number(words[4], "priority") if len(words) > 4 else None))  # noqa: PLR2004
    return tuple(found)


def fstab_swaps(text: str) -> tuple[str, ...]:
    """Sources of the swap lines of `/etc/fstab`."""
    lines = [line.split() for line in text.splitlines() if not line.lstrip().startswith("#")]
    return tuple(unescape(words[0]) for words in lines if len(words) > 2 and words[2] == "swap")  # noqa: PLR2004  (third field: type)

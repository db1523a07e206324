"""Processor, memory, swap, with limits of containers."""

import pytest

from rigprov.facts.parse import hardware
from rigprov.facts.parse.fields import ParseError
from rigprov.model.host import Cpu, Memory, Missing, SwapArea

TWO_CORES = "\n".join(
    f"processor\t: {n}\nmodel name\t: Example CPU\nphysical id\t: 0\ncore id\t\t: {n % 2}\nflags\t\t: fpu avx2 avx fma avx512f\n"
    for n in range(4)
)


def test_threads_share_cores() -> None:
    expected = Cpu("Example CPU", 2, 4, ("avx", "avx2", "fma", "avx512f"), 16 * 1024**2)
    assert hardware.cpu(TWO_CORES, "4", "", "0-3 16384K\n") == expected


@pytest.mark.parametrize(
    ("nproc", "cgroup", "cores", "threads"),
    [
        ("4", "cpu.max max 100000", 2, 4),
        ("4", "cpu.max 300000 100000", 2, 3),
        ("4", "cpu.max 50000 100000", 1, 1),  # half a processor is one, not none
        ("4", "cpu.max 300000 100000\ncpu.max 100000 100000", 1, 1),  # the tightest level counts
        ("1", "", 1, 1),  # pinned to one processor
        ("4", "cpu.cfs_quota_us 200000\ncpu.cfs_period_us 100000", 2, 2),
        ("4", "cpu.cfs_quota_us -1\ncpu.cfs_period_us 100000", 2, 4),
    ],
)
def test_quota_and_affinity(nproc: str, cgroup: str, cores: int, threads: int) -> None:
    found = hardware.cpu(TWO_CORES, nproc, cgroup, Missing("no"))
    assert (found.physical_cores, found.logical_cpus, found.l3_bytes) == (cores, threads, Missing("no"))


@pytest.mark.parametrize(
    ("implementer", "part", "name"),
    [
        ("0x41", "0xd0b", "Arm Cortex-A76"),
        ("0x41", "0xd4f", "Arm Neoverse-V2"),
        ("0xc0", "0xac3", "unnamed (implementer 0xc0, part 0xac3)"),
    ],
)
def test_arm_names_its_processors_by_number(implementer: str, part: str, name: str) -> None:
    text = (
        f"processor\t: 0\nFeatures\t: fp asimd sve\nCPU implementer\t: {implementer}\nCPU part\t: {part}\n\nModel\t\t: A board\n"
    )
    assert hardware.cpu(text, "1", "", Missing("no")) == Cpu(name, 1, 1, ("asimd", "sve"), Missing("no"))


@pytest.mark.parametrize(("l3", "total"), [("0-3 1M\n4-7 1M\n", 2 * 1024**2), ("0 512K", 512 * 1024), ("0-1 2G", 2 * 1024**3)])
def test_caches_add_up(l3: str, total: int) -> None:
    assert hardware.cpu(TWO_CORES, "4", "", l3).l3_bytes == total


@pytest.mark.parametrize(("cpuinfo", "nproc", "l3"), [("", "1", ""), (TWO_CORES, "many", ""), (TWO_CORES, "4", "0-3 big")])
def test_processor_that_makes_no_sense(cpuinfo: str, nproc: str, l3: str) -> None:
    with pytest.raises(ParseError):
        hardware.cpu(cpuinfo, nproc, "", l3)


MEMINFO = "MemTotal:       65646592 kB\nMemFree:  100 kB\nMemAvailable:   61003484 kB\n"


@pytest.mark.parametrize(
    ("cgroup", "total", "available"),
    [
        ("", 64108, 59573),
        ("memory.max max", 64108, 59573),
        ("memory.max 34359738368\nmemory.max max", 32768, 32768),
        ("memory.limit_in_bytes 9223372036854771712", 64108, 59573),  # cgroup v1 says "no limit" so
        (Missing("no cgroups"), 64108, 59573),
    ],
)
def test_memory_and_its_limit(cgroup: str | Missing, total: int, available: int) -> None:
    assert hardware.memory(MEMINFO, cgroup) == Memory(total, available)


def test_memory_needs_the_available_figure() -> None:
    with pytest.raises(ParseError, match="it has no MemAvailable"):
        hardware.memory("MemTotal: 1 kB\n", "")


def test_swaps() -> None:
    text = (
        "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
        "/dev/zram0                              partition\t2097148\t\t1024\t\t100\n"
        "/my\\040swap                             file\t\t1048572\t\t0\t\t-2\n"
    )
    assert hardware.swaps(text) == (SwapArea("/dev/zram0", "zram", 2047, 1, 100), SwapArea("/my swap", "file", 1023, 0, -2))


def test_swaps_that_make_no_sense() -> None:
    with pytest.raises(ParseError, match="not a line of /proc/swaps: 'rubbish'"):
        hardware.swaps("Filename\nrubbish")


def test_fstab_swaps() -> None:
    text = "# /old none swap sw 0 0\nUUID=1 / ext4 defaults 0 1\n/swapfile none swap sw 0 0\nUUID=2\tnone\tswap\tsw\t0\t0\n\n"
    assert hardware.fstab_swaps(text) == ("/swapfile", "UUID=2")

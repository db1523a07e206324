import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rigprov.verify.host import bandwidth, machine

GIB = 1 << 30


@pytest.mark.parametrize(
    ("foreign", "stolen", "threads", "cores", "expected"),
    [
        (0.0, 0.0, 2, 2, False),
        (0.2, 0.0, 2, 2, False),  # a tenth of two threads
        (0.3, 0.0, 2, 2, True),
        (0.0, 0.3, 2, 2, True),  # the hypervisor's other guests count like processes
        (3.5, 0.0, 4, 8, False),  # four cores are free for others
        (4.5, 0.0, 4, 8, True),
        (0.5, 0.0, 8, 4, False),  # more threads than cores: a tenth of the threads
        (0.9, 0.0, 8, 4, True),
    ],
)
def test_disturbed(foreign: float, stolen: float, threads: int, cores: int, expected: bool) -> None:
    assert machine.disturbed({"foreign_cores": foreign, "stolen_cores": stolen}, threads, cores) is expected


def test_watch_tells_own_work_from_that_of_others() -> None:
    spin = [sys.executable, "-c", "while True: pass"]
    with subprocess.Popen(spin) as other:
        try:
            others = machine.Watch()
            known = machine.Watch(other.pid)
            while machine.process_seconds(other.pid) < 0.3:  # a busy machine gives it little
                time.sleep(0.05)
            foreign, wanted = others.end(), known.end()
        finally:
            other.kill()
    assert foreign["wanted_cores"] < 0.2 < foreign["foreign_cores"]
    assert wanted["wanted_cores"] > 0.01
    assert wanted["foreign_cores"] < foreign["foreign_cores"]


def test_process_time_of_a_process_that_is_gone() -> None:
    with subprocess.Popen(["true"]) as gone:
        pass
    assert machine.process_seconds(gone.pid) == 0.0


def test_cores_and_memory_of_this_machine() -> None:
    assert 1 <= machine.physical_cores() <= len(os.sched_getaffinity(0))
    assert machine.memory_bytes()["available"] > 0


def test_unreadable_file(tmp_path: Path) -> None:
    assert machine.text(str(tmp_path / "none")) == ""


@pytest.mark.parametrize(
    ("l3", "available", "expected"),
    [
        (None, 4 * GIB, 256 << 20),
        (32 << 20, 4 * GIB, 256 << 20),
        (96 << 20, 4 * GIB, 384 << 20),
        (32 << 20, 1023 << 20, None),  # a fourth of the free memory is not enough
        (GIB, 8 * GIB, None),
    ],
)
def test_buffer(l3: int | None, available: int, expected: int | None) -> None:
    assert bandwidth.buffer_bytes(l3, available) == expected


def test_too_little_memory_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "memory_bytes", lambda: {"available": 100 << 20, "swap_used": 0})
    reason = bandwidth.measure(2)["reason"]
    assert reason == "100 MiB of free memory are too few for a buffer that the CPU's cache cannot hold"

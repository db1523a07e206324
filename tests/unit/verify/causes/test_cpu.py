from typing import Any

import pytest

from rigprov.verify.causes.situation import situation
from rigprov.verify.causes.table import causes
from tests.unit.verify.cases import BENCHMARK, attempt, evidence

BUSY = {"disturbed": True, "foreign_cores": 1.5}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"attempts": (attempt(1, 5, **BUSY), attempt(2, 5, **BUSY))}, ["other processes used 1.5 cores"]),
        ({"attempts": (attempt(1, 5, kept=False, **BUSY), attempt(1, 12))}, []),
        ({"attempts": (attempt(1, 5, disturbed=True, stolen_cores=2.0),)}, ["the hypervisor took 2.0 cores away"]),
        ({"attempts": (attempt(1, 5, throttled_s=0.5),)}, ["the container's CPU quota held the engine back"]),
        ({"threads": 8}, ["the engine runs 8 threads on 4 cores"]),
        ({"governor": "powersave"}, ["the CPU governor is powersave"]),
        ({"governor": "schedutil"}, []),
        ({"swap_used": 10 << 20}, []),
        ({"swap_used": 500 << 20}, ["500 MiB of swap are in use"]),
        ({"available": 100 << 20}, ["only 100 MiB of memory are left"]),
        ({"available": None}, []),
        ({"threads": 1}, ["the engine decodes with 1 thread on 4 cores"]),
        ({"threads": 2}, ["the engine decodes with 2 threads on 4 cores"]),
        ({"threads": 3}, []),
        (
            {"attempts": (attempt(1, 5, foreign_cores=0.8),), "threads": 3},
            ["other processes used 0.8 cores"],
        ),
        ({"attempts": (attempt(1, 5, foreign_cores=0.3),), "threads": 3}, []),
        ({"bandwidth_disturbed": True}, ["other programs kept the cores busy while the memory was measured"]),
        (
            {"raw": {"bandwidth_before": {"gb_s": 12.0}}},
            ["the memory's bandwidth was 12.0 GB/s before and 20.0 GB/s after: something else uses it"],
        ),
        ({"raw": {"bandwidth_before": {"gb_s": 19.0}}}, []),
        (
            {"raw": {"memory_modules": {"slots": 4, "fitted": 1}}},
            ["only one of 4 memory slots is filled, so the memory runs on one channel"],
        ),
        ({"raw": {"memory_modules": {"slots": 4, "fitted": 2}}}, []),
        ({"raw": {"memory_modules": {"slots": 1, "fitted": 1}}}, []),  # a virtual machine
        ({"raw": {"memory_modules": {"reason": "cannot be read"}}}, []),
    ],
)
def test_causes(changes: dict[str, Any], expected: list[str]) -> None:
    found = causes(situation(BENCHMARK, evidence(**changes)), slow=True)
    assert [cause.what for cause in found] == expected
    assert all(cause.fix for cause in found)


def test_a_machine_that_is_fast_enough_hears_nothing_of_it() -> None:
    assert causes(situation(BENCHMARK, evidence(governor="powersave", swap_used=500 << 20)), slow=False) == ()

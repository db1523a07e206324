from typing import Any

import pytest

from rigprov.verify.cpu import causes
from tests.unit.verify.cases import attempt, evidence

HOG = {"foreign_cores": 1.5, "disturbed": True, "others": (("stress-ng", 1.4),)}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"threads": 1}, ["the engine decodes with 1 thread on 4 cores"]),
        ({"threads": 2}, ["the engine decodes with 2 threads on 4 cores"]),
        ({"threads": 3}, []),
        ({"threads": 0}, []),  # one a core
        ({"threads": 1, "gpu": {"gpus": [{}]}}, []),  # the GPU decodes
        ({"threads": 1, "cores": 1}, []),
        ({"engine_cpus": 1}, ["the engine may use 1 of the machine's CPUs only (CPU affinity)"]),
        ({"engine_cpus": 4}, []),
        ({"attempts": (attempt(1, 5, **HOG), attempt(2, 5, **HOG))}, ["other processes used 1.5 cores, stress-ng most"]),
        # on cores that the engine does not need, but through the same memory
        ({"attempts": (attempt(1, 5, foreign_cores=0.6),)}, ["other processes used 0.6 cores"]),
        ({"attempts": (attempt(1, 5, foreign_cores=0.4),)}, []),
        ({"attempts": (attempt(1, 5, disturbed=True, stolen_cores=2.0),)}, ["the hypervisor took 2.0 cores away"]),
        ({"attempts": ()}, []),
    ],
)
def test_causes(changes: dict[str, Any], expected: list[str]) -> None:
    seen = evidence(**changes)
    found = causes(seen, seen.attempts)
    assert [cause.what for cause in found] == expected
    assert all(cause.fix and cause.code for cause in found)

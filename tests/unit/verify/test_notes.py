from typing import Any

import pytest

from rigprov.verify.limit import Limit, limit
from rigprov.verify.notes import causes, of
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
    ],
)
def test_causes(changes: dict[str, Any], expected: list[str]) -> None:
    found = causes(evidence(**changes))
    assert [cause.what for cause in found] == expected
    assert all(cause.fix for cause in found)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"was_running": True, "load_s": None}, "load time not measured: the engine was already running"),
        ({"context": 512}, "the engine runs with a context of 512, planned is 2048"),
        (
            {"stale": True},
            "the engine was started with other settings or files than those on disk; `rigprov-llm restart` takes these",
        ),
        ({"web_ui": False}, "the web page of the engine does not answer"),
        ({"tokens": 32}, "runs of 32 tokens instead of 128, because the machine is slow"),
        (
            {"attempts": (attempt(1, 5.2, kept=False, **BUSY), attempt(1, 12))},
            "repeated because of other load on the CPU: runs with 5.2 tok/s",
        ),
        ({"attempts": (attempt(1, 5.2, **BUSY),)}, "other load on the CPU during 1 of the runs that count"),
        ({"bandwidth_gb_s": None, "bandwidth_reason": "too little"}, "memory bandwidth not measured: too little"),
        ({"bytes_per_token": None, "bytes_reason": "split"}, "share of the memory bandwidth not known: split"),
    ],
)
def test_remarks(changes: dict[str, Any], words: str) -> None:
    found = evidence(**changes)
    assert words in of(BENCHMARK, found, limit(found))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Limit(20.0, 0.61, raw_tokens_per_s=20.0)),
        ({"bandwidth_gb_s": 11.0}, Limit(11.0, 1.109, raw_tokens_per_s=11.0, exceeded=True)),
        ({"series": ()}, Limit(20.0, None, "not measured: no run", raw_tokens_per_s=20.0)),
        (
            {"l3_bytes": 2 << 30},
            Limit(
                why_not="means nothing here: the CPU's cache (2048 MiB) holds much or all of the weights (954 MiB)",
                raw_tokens_per_s=20.0,
            ),
        ),
    ],
)
def test_limit(changes: dict[str, Any], expected: Limit) -> None:
    assert limit(evidence(**changes)) == expected

from typing import Any

import pytest

from rigprov.verify.causes.situation import situation
from rigprov.verify.limit import Limit, limit
from rigprov.verify.notes import of
from tests.unit.verify.cases import BENCHMARK, attempt, evidence

BUSY = {"disturbed": True, "foreign_cores": 1.5}


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
    assert words in of(situation(BENCHMARK, found), limit(found))


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

"""Evidence of a healthy machine, to be varied by the tests."""

from dataclasses import replace
from typing import Any

from rigprov.model.plan import PlannedBenchmark
from rigprov.verify.evidence import Attempt, Evidence

SHA = "a" * 64
BENCHMARK = PlannedBenchmark(
    model="tiny",
    path="/srv/models/tiny.gguf",
    sha256=SHA,
    size_bytes=1_000_000_000,
    context=2048,
    floor=10.0,
    machine_class="pc",
    reason="",
)


def attempt(run: int, tok_s: float, **changes: Any) -> Attempt:
    one = Attempt(
        series=1, run=run, tok_s=tok_s, disturbed=False, kept=True, foreign_cores=0.0, stolen_cores=0.0, throttled_s=0.0
    )
    return replace(one, **changes)


def evidence(*runs: float, **changes: Any) -> Evidence:
    """1 GB a token at 20 GB/s: the limit is 20 tok/s. The cache holds 10 MiB."""
    kept = runs or (12.0, 12.1, 12.2, 12.3, 12.4)
    base = Evidence(
        threads=4,
        context=2048,
        engine="engine 1",
        loaded_path=BENCHMARK.path,
        loaded_file="current",
        sha256=SHA,
        load_s=1.5,
        sample="Rivers shape the land.",
        tokens=128,
        series=(kept,),
        attempts=tuple(attempt(index, speed) for index, speed in enumerate(kept, 1)),
        prompt_tok_s=100.0,
        first_token_s=0.1,
        web_ui=True,
        bytes_per_token=1_000_000_000,
        bandwidth_gb_s=20.0,
        l3_bytes=10 << 20,
        cores=4,
        available=8 << 30,
    )
    return replace(base, **changes)

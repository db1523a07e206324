import pytest

from rigprov.errors import UnreachableError
from rigprov.facts.connection import Access
from rigprov.facts.shell import ScriptResult
from rigprov.model.plan import Blocker, Environment, Plan
from rigprov.model.proof import Proof
from rigprov.verify.run import conclude, job, time_limit_s, verify
from tests.unit.verify.cases import BENCHMARK


def test_job_says_where_the_roles_put_things() -> None:
    assert job(BENCHMARK) == {
        "config": "/etc/rigprov/llm/server.json",
        "key": "/etc/rigprov/llm/api_key",
        "command": "/usr/local/bin/rigprov-llm",
        "model": "/srv/models/tiny.gguf",
        "sha256": BENCHMARK.sha256,
        "floor": 10.0,
        "start_limit_s": 80.0,  # 1 GB from an SD card, and a minute
        "measure_limit_s": 150.0,
    }
    assert time_limit_s(BENCHMARK) > 80.0 + 150.0


def test_a_host_that_was_not_reached_keeps_its_error() -> None:
    error = UnreachableError("no route")
    assert conclude("web1", BENCHMARK, error) is error


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (ScriptResult(127, "", ""), "there is no python3 on the host"),
        (ScriptResult(1, "", "Traceback\nMemoryError\n"), "the measurement ended without a result (MemoryError)"),
        (ScriptResult(0, "", ""), "the measurement ended without a result"),
    ],
)
def test_no_measurement(result: ScriptResult, reason: str) -> None:
    proof = conclude("web1", BENCHMARK, result)
    assert isinstance(proof, Proof)
    assert (proof.verdict, proof.reason, proof.floor, proof.median) == ("not measured", reason, 10.0, None)


@pytest.mark.parametrize(
    ("blockers", "reason", "fix"),
    [
        ((), "tier mine has no benchmark for this host", "give the tier a benchmark, or take another tier"),
        ((Blocker("ram-short", "too little RAM", "add some"),), "nothing to measure: too little RAM", "add some"),
    ],
)
def test_a_plan_without_a_benchmark(blockers: tuple[Blocker, ...], reason: str, fix: str) -> None:
    place = Environment("vm", systemd=True, provider=None, why="")
    plan = Plan("web1", "mine", place, (), blockers, (), (), None, None)
    proof = verify({"web1": plan}, [], Access(), say=lambda _: None)["web1"]
    assert isinstance(proof, Proof)
    assert (proof.verdict, proof.reason, proof.fix) == ("not measured", reason, fix)

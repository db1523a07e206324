import json
import re
from dataclasses import replace

import pytest

from rigprov.catalog.golden import golden
from rigprov.errors import UnreachableError
from rigprov.facts.shell import ScriptResult
from rigprov.model.proof import Proof, Soak
from rigprov.verify.conclude import conclude, proof_of
from rigprov.verify.evidence import SoakRun
from rigprov.verify.host.examine import BEGIN, END
from tests.unit.verify.cases import BENCHMARK, evidence


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


def test_a_failure_brings_its_own_way_out() -> None:
    failure = {"layer": "lock", "message": "another `rigprov verify` measures here: process 7", "fix": "wait until it has ended"}
    proof = conclude("web1", BENCHMARK, ScriptResult(0, f"{BEGIN}\n{json.dumps({'failure': failure})}\n{END}\n", ""))
    assert isinstance(proof, Proof)
    assert (proof.verdict, proof.reason, proof.fix) == ("not measured", failure["message"], failure["fix"])


def test_when_it_was_taken_and_the_soak() -> None:
    soaked = tuple(SoakRun(float(at), 20.0 - at / 10, disturbed=False) for at in range(1, 11))
    proof = proof_of("web1", BENCHMARK, evidence(soak=soaked, weights="real"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", proof.taken)
    assert (proof.verdict, proof.weights, proof.soak) == ("pass", "real", Soak(10.0, 19.85, 19.05, 10))


def test_synthetic_weights_are_judged_by_the_file_that_was_written() -> None:
    path = "/srv/models/rigprov-synthetic-tiny.gguf"
    changes = {
        "sha256": "b" * 64,
        "loaded_path": path,
        "synthetic_path": path,
        "synthetic_sha256": "b" * 64,
        "weights": "synthetic",
    }
    proof = proof_of("web1", BENCHMARK, evidence(sample="\ufffd\ufffd", **changes))
    assert (proof.verdict, proof.weights, proof.model_sha256) == ("pass", "synthetic", "b" * 64)
    assert any("synthetic weights" in note for note in proof.notes)


def test_synthetic_weights_that_the_disk_does_not_give_back_are_wrong() -> None:
    changes = {"sha256": "c" * 64, "synthetic_path": "/srv/models/x", "synthetic_sha256": "b" * 64, "weights": "synthetic"}
    assert proof_of("web1", BENCHMARK, evidence(**changes)).verdict == "wrong"


def measured_with(top: list[list[list[float]]], model: str = "smollm2-135m") -> Proof:
    known = golden("smollm2-135m")
    assert known is not None
    path, digest = "/srv/models/rigprov-synthetic-x.gguf", str(known["sha256"])
    files = {"sha256": digest, "loaded_path": path, "synthetic_path": path, "synthetic_sha256": digest}
    seen = evidence(weights="synthetic", logits={"top": top, "again": top}, **files)
    return proof_of("web1", replace(BENCHMARK, model=model), seen)


def test_an_engine_that_computes_as_the_cpu_did() -> None:
    known = golden("smollm2-135m")
    assert known is not None
    proof = measured_with(known["top"])
    assert proof.correctness is not None
    assert (proof.verdict, proof.correctness.mean_kld, proof.correctness.same_top) == ("pass", 0.0, 1.0)


def test_a_fast_engine_with_wrong_numbers_does_not_pass() -> None:
    known = golden("smollm2-135m")
    assert known is not None
    wrong = [[[token, value - 0.3 * (place % 3)] for place, (token, value) in enumerate(top)] for top in known["top"]]
    proof = measured_with(wrong)
    assert proof.verdict == "wrong"
    assert proof.reason.startswith("the model computes wrong numbers: the probabilities differ from the CPU's")


def test_a_model_without_reference_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rigprov.verify.conclude.golden", lambda _: None)  # a tier of somebody's own
    proof = measured_with([], model="llama-3.3-70b")
    assert proof.correctness is None
    assert "correctness not checked: there are no reference log-probabilities for llama-3.3-70b" in proof.notes

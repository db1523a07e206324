from typing import Any

import pytest

from rigprov.model.proof import Band, Proof
from rigprov.verify.evidence import Broken, Evidence
from rigprov.verify.judge import judge
from rigprov.verify.limit import expected
from tests.unit.verify.cases import BENCHMARK, SHA, evidence


@pytest.mark.parametrize(
    ("changes", "verdict", "words"),
    [
        ({}, "pass", "all 5 runs reached the floor of 10 tok/s"),
        ({"sha256": "b" * 64}, "wrong", "is not the planned file"),
        ({"loaded_path": "/other.gguf"}, "wrong", "the engine has loaded /other.gguf"),
        ({"loaded_file": "replaced"}, "wrong", "still holds an older file"),
        ({"sha256": None, "model_reason": "No such file or directory"}, "not measured", "No such file"),
        # On a bare host both are missing; the engine is the first thing to set up.
        (
            {"sha256": None, "model_reason": "No such file", "broken": Broken("configuration", "no engine was set up")},
            "not measured",
            "no engine was set up",
        ),
        ({"sample": ""}, "wrong", "the model's output is not text"),
        ({"series": (), "broken": Broken("port", "port 8080 is taken by nginx (process 9)")}, "not measured", "taken by nginx"),
        ({"series": ()}, "not measured", "no figures"),
        # A wrong file explains a broken engine, so it goes first.
        ({"sha256": "b" * 64, "series": (), "broken": Broken("engine", "it ended")}, "wrong", "is not the planned file"),
        # 12.2 of at most 10 tok/s
        ({"bandwidth_gb_s": 10.0}, "wrong", "more than memory can deliver"),
        # 12.2 of 12: within what two measurements may differ by
        ({"bandwidth_gb_s": 12.0}, "pass", "all 5 runs"),
        # The same, but the weights could have come from the cache, or the yardstick itself was disturbed.
        ({"bandwidth_gb_s": 10.0, "l3_bytes": 500_000_001}, "pass", "all 5 runs"),
        ({"bandwidth_gb_s": 10.0, "bandwidth_disturbed": True}, "pass", "all 5 runs"),
        ({"bandwidth_gb_s": 10.0, "l3_bytes": None}, "pass", "all 5 runs"),
    ],
)
def test_verdict_on_evidence(changes: dict[str, Any], verdict: str, words: str) -> None:
    proof = judge("web1", BENCHMARK, evidence(**changes))
    assert proof.verdict == verdict
    assert words in proof.reason
    assert bool(proof.fix) is (verdict != "pass")


def test_a_slow_host_is_told_why() -> None:
    proof = judge("web1", BENCHMARK, evidence(5, 5, 5, 5, 5, governor="powersave"))
    assert proof.reason == "no run reached the floor of 10 tok/s; the best was 5.0; the CPU governor is powersave"
    assert proof.fix == "switch to performance with `cpupower frequency-set -g performance`"
    assert [cause.code for cause in proof.causes] == ["cpu-governor"]


def test_nothing_explains_a_slow_host() -> None:
    assert "nothing on the host explains it" in judge("web1", BENCHMARK, evidence(5, 5, 5, 5, 5)).fix


def test_all_figures() -> None:
    band = expected(BENCHMARK, evidence())
    assert isinstance(band, Band)
    assert judge("web1", BENCHMARK, evidence(12.0, 12.5, 11.5, 12.2, 12.1)) == Proof(
        host="web1",
        verdict="pass",
        reason="all 5 runs reached the floor of 10 tok/s",
        fix="",
        model="tiny",
        model_sha256=SHA,
        engine="engine 1",
        floor=10.0,
        runs=(12.0, 12.5, 11.5, 12.2, 12.1),
        median=12.1,
        minimum=11.5,
        maximum=12.5,
        spread=0.0826,
        prompt_tokens_per_s=100.0,
        time_to_first_token_s=0.1,
        load_s=1.5,
        bytes_per_token=1_000_000_000,
        bandwidth_gb_s=20.0,
        bandwidth_share=0.605,
        limit_tokens_per_s=20.0,
        threads=4,
        context=2048,
        backend="CPU",
        band=band,
        notes=(
            "the web page of the engine answers",
            "slower than the 13 to 20 tok/s of healthy machines of this kind",
            "the limit leaves out the KV cache, which is small at this depth",
        ),
    )


def test_no_figure_without_a_measurement() -> None:
    proof = judge("web1", BENCHMARK, Evidence(broken=Broken("engine", "it ended", ("no memory",))))
    figures = (proof.median, proof.spread, proof.bandwidth_share, proof.limit_tokens_per_s, proof.load_s, proof.runs)
    assert figures == (None, None, None, None, None, ())
    assert proof.notes == ("the engine's last words:", "  no memory")


def test_the_last_series_counts() -> None:
    proof = judge("web1", BENCHMARK, evidence(series=((5.0, 15.0, 12.0, 12.0, 12.0), (12.0, 12.0, 12.0, 12.0, 12.1))))
    assert (proof.verdict, proof.median) == ("pass", 12.0)
    assert "an earlier series was too scattered to judge: 5.0 to 15.0 tok/s" in proof.notes

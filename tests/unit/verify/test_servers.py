from dataclasses import replace

import pytest

from rigprov.model.proof import Proof
from rigprov.verify.servers import without_floor

PASS = Proof("a", "pass", "all 5 runs reached the floor", "", "m", "", "server", 0.0, runs=(9.9, 10, 10, 10, 10.1), spread=0.02)


def test_steady_without_a_floor() -> None:
    found = without_floor(PASS)
    assert (found.verdict, found.fix) == ("pass", "")
    assert found.reason == "5 runs within 2.0 %; no floor was given, so whether that is fast enough was not judged"


def test_scattered_without_a_floor() -> None:
    found = without_floor(replace(PASS, spread=0.4))
    assert (found.verdict, found.reason) == ("unstable", "5 runs within 40.0 %, which is too scattered for a figure")
    assert found.fix


@pytest.mark.parametrize("verdict", ["wrong", "not measured"])
def test_other_verdicts_stay(verdict: str) -> None:
    proof = replace(PASS, verdict=verdict)  # type: ignore[arg-type]
    assert without_floor(proof) is proof

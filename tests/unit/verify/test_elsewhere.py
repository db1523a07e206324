"""Servers at another address: what was seen of the host explains nothing about them."""

import pytest

from rigprov.verify.elsewhere import elsewhere
from rigprov.verify.judge import judge
from rigprov.verify.remarks import of
from tests.unit.verify.cases import BENCHMARK, attempt, evidence

BUSY = {"attempts": tuple(attempt(run, 5.0, foreign_cores=3.0) for run in range(1, 6)), "governor": "powersave"}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", False),
        ("http://127.0.0.1:8000/v1", False),
        ("http://127.0.0.2:8000/v1", False),
        ("http://localhost:8000/v1", False),
        ("http://[::1]:8000/v1", False),
        ("http://[fe80::1%eth0]:8000/v1", True),
        ("http://10.0.0.5:8000/v1", True),
        ("https://llm.example/v1", True),
    ],
)
def test_addresses(url: str, expected: bool) -> None:
    assert elsewhere(evidence(server_url=url)) is expected


def test_no_cause_is_taken_from_the_wrong_machine() -> None:
    benchmark = BENCHMARK.__class__(**{**vars(BENCHMARK), "sha256": "", "path": "", "machine_class": ""})
    found = {"sha256": None, "loaded_path": None, "bytes_per_token": None, "bandwidth_gb_s": None, **BUSY}
    here = judge("a", benchmark, evidence(5, 5, 5, 5, 5, server_url="http://127.0.0.1:8000/v1", **found))
    there = judge("a", benchmark, evidence(5, 5, 5, 5, 5, server_url="http://10.0.0.5:8000/v1", **found))
    assert (here.verdict, here.backend, [one.code for one in here.causes]) == ("slow", "CPU", ["other-load", "cpu-governor"])
    assert (there.verdict, there.backend, there.causes) == ("slow", "", ())
    assert there.reason == "no run reached the floor of 10 tok/s; the best was 5.0"


def test_it_is_said() -> None:
    assert "may run on another machine" in of(evidence(server_url="http://10.0.0.5:8000/v1", server_model="m"))[1]

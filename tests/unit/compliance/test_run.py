"""The plugin's lines become answers."""

import json
import re

import pytest

from rigprov.compliance.promises import Promises
from rigprov.compliance.registry import controls
from rigprov.compliance.run import Job, check, read_rows
from rigprov.errors import ApplyError, UnreachableError, UsageError
from rigprov.facts.connection import Access
from rigprov.model.compliance import HostCompliance
from rigprov.model.target import Target

ONE, TWO = controls()[:2]
FAILED = {"id": ONE.id, "state": "fail", "found": "a", "expected": "b", "output": ["x", "y"], "seconds": 0.5}


@pytest.fixture
def rows(tmp_path):
    def call(*found, said="1 failed"):
        (tmp_path / "rows").write_text("".join(json.dumps(row) + "\n" for row in found))
        return read_rows(tmp_path / "rows", (ONE, TWO), "a", said)

    return call


def test_answers_in_the_controls_order(rows) -> None:
    second, first = {"id": TWO.id, "state": "skip", "note": "no GPU", "seconds": 0.1}, FAILED
    answers = rows(second, first)
    assert [(one.control, one.state) for one in answers] == [(ONE, "fail"), (TWO, "skip")]
    assert (answers[0].found, answers[0].expected, answers[0].output, answers[0].seconds) == ("a", "b", ("x", "y"), 0.5)
    assert answers[1].note == "no GPU"


@pytest.mark.parametrize("row", [None, {"id": TWO.id, "state": "odd"}])
def test_a_control_without_an_answer_is_no_pass(rows, row) -> None:
    answers = rows(FAILED, *([row] if row else []))
    assert (answers[1].state, answers[1].note) == ("error", "it was not asked: the run ended before")
    assert not HostCompliance("a", answers).compliant


def test_a_broken_connection(rows) -> None:
    with pytest.raises(UnreachableError, match="the connection to `a` broke: ConnectionError: gone"):
        rows(FAILED, {"id": TWO.id, "state": "error", "lost": True, "note": "ConnectionError: gone"})


def test_a_run_that_never_began_quotes_its_last_line(rows) -> None:
    with pytest.raises(ApplyError, match=re.escape("could not be run for `a`: ERROR: no such plugin")):
        rows(said="x\nERROR: no such plugin\n\n")


@pytest.mark.parametrize(
    ("job", "error"),
    [
        (Job(Target("a"), "none", Promises()), ApplyError),
        (Job(Target("a", variables={"ansible_password": "x"}), "root", Promises()), UsageError),
    ],
    ids=["no root", "password login"],
)
def test_what_cannot_work_is_said_before_anything_is_run(job, error) -> None:
    found = check([job], (ONE,), Access(), say=lambda line: None)["a"]
    assert isinstance(found, error)
    assert found.hint


def test_nothing_asked_is_not_compliant() -> None:
    assert not HostCompliance("a", ()).compliant

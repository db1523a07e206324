import pytest

from rigprov.model.fleet import Batch, Failure, Quarantine, Roll
from rigprov.model.ledger import Drift, Verdict
from rigprov.model.outcome import Problem
from rigprov.model.run import HostRun
from rigprov.report.fleet import quarantine_text, roll_text, rows, table
from tests.unit.report.cases import STARTER

OK = HostRun("a", "ok", 40, 28, (), ())
BROKEN = HostRun("b", "failed", 3, 3, (), (), "the disk is full")
CUT = HostRun("c", "unreachable", 3, 0, (), ())
DRIFTED = {"base": Verdict("base", "drifted", "was changed", "", (Drift("x", "mode", "1", "2"), Drift("y", "mode", "1", "2")))}
OUT = Quarantine("q", "2026-11-26T10:00:00+00:00", "speed", "no run reached the floor")
ROLL = Roll(
    "1",
    (Batch(("a",), "passed", "/log/1"), Batch(("b",), "failed", "/log/2"), Batch(("n",), "not started")),
    failures=(Failure("b", "roles", "the disk is full"),),
    stopped="b did not pass the gate `roles`: the disk is full",
    left_out=(OUT,),
)


def made(hosts, *problems, runs=(), roll=None, verdicts=None, proofs=None):
    found = rows(hosts, "starter", problems=problems, runs=runs, verdicts=verdicts or {}, proofs=proofs or {}, roll=roll)
    return {row.host: row for row in found}


def problem(code, host):
    return Problem(code, "why", "", host)


@pytest.mark.parametrize(
    ("state", "problems", "runs"),
    [
        ("done", [], [OK]),
        ("done", [problem("verdict-slow", "a")], [OK]),
        ("failed", [problem("apply-failed", "b")], [BROKEN]),
        ("failed", [problem("ApplyError", "b")], []),
        ("unreachable", [problem("unreachable", "c")], [CUT]),
        ("unreachable", [problem("UnreachableError", "x")], []),
        ("unreachable", [problem("HostKeyError", "x")], []),
        ("blocked", [problem("too-small", "x")], []),
        ("blocked", [problem("another-run", "x")], []),
        ("blocked", [problem("another-run", "b")], [BROKEN]),
        ("not started", [], []),
        ("interrupted", [problem("interrupted", "a")], [HostRun("a", "interrupted", 3, 3, (), ())]),
    ],
)
def test_the_state_of_a_host(state, problems, runs):
    host = next((one.host for one in (*runs, *problems)), "x")
    assert made([host], *problems, runs=runs)[host].state == state


def test_a_roll_in_a_table():
    found = made(
        ["a", "b", "n", "q"],
        Problem("apply-failed", "the disk is full", "", "b"),
        runs=(OK, BROKEN),
        roll=ROLL,
        verdicts={"a": DRIFTED, "b": {}, "n": {}},
        proofs={"a": STARTER.proof},
    )
    assert (found["b"].gate, found["b"].reason) == ("roles", "the disk is full")
    assert (found["q"].gate, found["q"].reason) == ("speed", OUT.reason)
    assert table(tuple(found.values())).splitlines() == [
        "host  tier     state        changed  drift  verdict  tok/s  floor",
        "a     starter  done              28      2  pass      82.1     10",
        "b     starter  failed             3      0  -            -      -",
        "n     starter  not started        -      0  -            -      -",
        "q     starter  quarantined        -      -  -            -      -",
    ]


def test_a_roll_in_words():
    assert roll_text(ROLL).splitlines() == [
        "rolled in 3 batches (--serial 1)",
        "  1  passed: a; log in /log/1",
        "  2  failed: b; log in /log/2",
        "  3  not started: n",
        "  stopped: b did not pass the gate `roles`: the disk is full",
    ]
    assert (
        roll_text(Roll("5", (Batch(("a", "b"), "not started"),)), check=True) == "would roll in 1 batch (--serial 5)\n  1  a, b"
    )


def test_quarantine_says_why_and_the_way_out():
    said = quarantine_text(OUT, "/state/q.json", out=True)
    assert said.startswith(
        "q: quarantined since 2026-11-26 10:00 UTC, gate `speed`: no run reached the floor; rolls leave it out."
    )
    assert "deleting /state/q.json" in said
    assert "takes it all the same" in quarantine_text(OUT, "/x", out=False)

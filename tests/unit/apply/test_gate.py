import pytest

from rigprov.apply.gate import left_out, released, rule
from rigprov.model.fleet import Quarantine
from rigprov.model.outcome import Problem

BATCH = ("a", "b")
PASS = {"a": "pass", "b": "pass"}
FAILED = Problem("apply-failed", "role docker: the disk is full", "free some", "b")
SLOW = Problem("verdict-slow", "no run reached the floor", "cool it", "b")
GONE = Problem("UnreachableError", "`b` does not answer", "", "b")
CUT = Problem("unreachable", "the connection broke", "", "b")
KEY = Problem("HostKeyError", "`b` shows another key", "", "b")
BARE = Problem("ApplyError", "getting ready for Ansible failed", "", "b")
BUSY = Problem("another-run", "another run works on this host: alice@laptop", "wait", "b")
STOPPED = Problem("interrupted", "stopped before it was done", "", "b")
DIED = Problem("run-broken", "ansible-playbook ended without a result: it said nothing", "", "b")
OF_ANOTHER = Problem("apply-failed", "of an earlier batch", "", "z")


def ruling(problems, verdicts=PASS, *, measured=True, failed_before=0, allowed=0):
    return rule(BATCH, problems, verdicts, measured=measured, failed_before=failed_before, allowed=allowed)


@pytest.mark.parametrize(
    ("problems", "verdicts", "more", "failed", "stop"),
    [
        ([], PASS, {}, [], ""),
        ([OF_ANOTHER], PASS, {}, [], ""),
        ([], {}, {"measured": False}, [], ""),
        ([], {"a": "pass"}, {}, [("b", "speed")], "b did not pass the gate `speed`: its speed was not proved"),
        ([FAILED], {"a": "pass"}, {}, [("b", "roles")], "b did not pass the gate `roles`: role docker: the disk is full"),
        ([BARE], {"a": "pass"}, {}, [("b", "roles")], "b did not pass the gate `roles`: getting ready for Ansible failed"),
        ([SLOW], {"a": "pass", "b": "slow"}, {}, [("b", "speed")], "b did not pass the gate `speed`: no run reached the floor"),
        ([GONE], {"a": "pass"}, {}, [("b", "reach")], "b did not pass the gate `reach`: `b` does not answer"),
        ([CUT], {"a": "pass"}, {}, [("b", "reach")], "b did not pass the gate `reach`: the connection broke"),
        ([KEY], {"a": "pass"}, {}, [("b", "reach")], "b did not pass the gate `reach`: `b` shows another key"),
        ([FAILED, SLOW], {"a": "pass"}, {}, [("b", "roles")], "b did not pass the gate `roles`: role docker: the disk is full"),
        ([FAILED], {"a": "pass"}, {"allowed": 1}, [("b", "roles")], ""),
        (
            [FAILED],
            {"a": "pass"},
            {"allowed": 1, "failed_before": 1},
            [("b", "roles")],
            "b did not pass the gate `roles`: role docker: the disk is full (1 failed before, 1 may)",
        ),
        ([], PASS, {"failed_before": 3, "allowed": 1}, [], ""),
        ([BUSY], {"a": "pass"}, {"allowed": 9}, [], "b: another run works on this host: alice@laptop"),
        ([STOPPED], {}, {"allowed": 9}, [], "b: stopped before it was done"),
        ([DIED], {}, {"allowed": 9}, [], "b: ansible-playbook ended without a result: it said nothing"),
    ],
)
def test_the_ruling(problems, verdicts, more, failed, stop):
    found = ruling(problems, verdicts, **more)
    assert [(failure.host, failure.gate) for failure in found.failures] == failed
    assert found.stop == stop


NOTED = {"b": Quarantine("b", "2026-11-26T10:00:00+00:00", "speed", "slow")}


@pytest.mark.parametrize(
    ("named", "include", "out"), [((), False, ["b"]), (("all",), False, ["b"]), (("a", "b"), False, []), (("all",), True, [])]
)
def test_who_is_left_out(named, include, out):
    assert [entry.host for entry in left_out(["a", "b", "c"], NOTED, named, include=include)] == out


@pytest.mark.parametrize(
    ("gate", "verdict", "measured", "out"),
    [
        ("speed", "pass", True, True),
        ("roles", "pass", True, True),
        ("roles", "", False, True),  # it got through the roles, which it had failed at
        ("speed", "", False, False),  # what it had failed at was not tried
        ("speed", "slow", True, False),
        ("reach", "not measured", True, False),
    ],
)
def test_who_is_released(gate, verdict, measured, out):
    assert released(Quarantine("b", "", gate, ""), verdict, measured=measured) is out

"""Entries and what was found, against what this run would do."""

import json

import pytest

from rigprov.facts.redact import redact
from rigprov.ledger.judge import judge, lock_of
from rigprov.model.ledger import Drift
from rigprov.model.missing import Missing

STAMP = {"rigprov": "1.0", "content": "c", "values": [["base_a", "1"], ["base_b", "2"]]}
FILE = {"is": "file", "sha256": "ab" * 32, "mode": "0644", "owner": "root", "group": "root"}
THING = {"kind": "path", "name": "/etc/x", "state": FILE}
ENTRY = {
    "format": 1,
    "role": "base",
    "applied": "2026-11-26T10:00:00+00:00",
    "stamp": STAMP,
    "machine_id": "m1",
    "things": [THING],
}


def told(entry: object = None, found: object = None, **whole: object) -> str:
    roles = {"base": {"entry": ENTRY if entry is None else entry, "found": [FILE] if found is None else found}}
    return json.dumps({"lock": {}, "machine": "m1", "roles": roles, **whole})


def verdict(text, stamp=STAMP):
    return judge(text, {"base": stamp})["base"]


def test_the_probe_s_redaction_leaves_the_lock_s_run_alone():
    text = json.dumps({"lock": {"held": "me", "run": "vm|pid:[4026531836]|18098|997126"}})
    assert lock_of(redact(text)) == ("me", "vm|pid:[4026531836]|18098|997126")


def test_what_is_as_it_was_left_holds():
    found = verdict(told())
    assert (found.state, found.reason, found.applied, found.drift) == ("holds", "", "2026-11-26T10:00:00+00:00", ())


def test_drift_says_what_was_expected_and_what_is_there():
    found = verdict(told(found=[{**FILE, "mode": "0600", "owner": "games"}]))
    assert (found.state, found.applied) == ("drifted", "2026-11-26T10:00:00+00:00")
    assert found.drift == (
        Drift("file /etc/x", "mode", "0644", "0600"),
        Drift("file /etc/x", "owner", "root", "games"),
    )


@pytest.mark.parametrize(
    ("stamp", "reason"),
    [
        ({**STAMP, "rigprov": "1.1"}, "it was applied by rigprov 1.0, this one is 1.1"),
        ({**STAMP, "content": "d"}, "the role itself is another one now"),
        ({**STAMP, "values": [["base_a", "1"], ["base_b", "3"]]}, "other values are wanted: base_b"),
        ({**STAMP, "values": [["base_a", "1"]]}, "other values are wanted: base_b"),
        (
            {**STAMP, "values": [[f"base_{x}", "9"] for x in "abcde"]},
            "other values are wanted: base_a, base_b, base_c and 2 more",
        ),
    ],
)
def test_a_run_that_wants_something_else_is_a_change(stamp, reason):
    found = verdict(told(found=[{"is": "absent"}]), stamp)
    assert (found.state, found.reason) == ("changed", reason)
    assert found.drift == (Drift("file /etc/x", "", "file", "absent"),), "which is shown all the same"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (Missing("`python3` is not installed"), "the ledger cannot be checked: `python3` is not installed"),
        ("", "the ledger cannot be checked: the host's answer makes no sense"),
        ("[]", "the ledger cannot be checked: the host's answer makes no sense"),
        ('{"roles": []}', "the ledger cannot be checked: the host's answer makes no sense"),
        (told(roles={}), "nothing is noted of it"),
        (
            told(roles={"": {"refused": "/l can be written by others"}}),
            "the ledger is not believed: /l can be written by others",
        ),
        (
            told(roles={"base": {"refused": "/l/base.json is damaged"}}),
            "the ledger is not believed: /l/base.json is damaged",
        ),
        (told({**ENTRY, "role": "docker"}), "the ledger is not believed: its entry is of role docker"),
        (told(machine="m2"), "the ledger is not believed: it was written on another machine, from which this one was copied"),
        (told(machine=""), "the ledger is not believed: it was written on another machine, from which this one was copied"),
    ],
)
def test_what_cannot_be_believed_is_not(text, reason):
    found = verdict(text)
    assert (found.state, found.reason, found.applied) == ("unknown", reason, "")


@pytest.mark.parametrize("key", ["role", "applied", "stamp", "machine_id", "things"])
def test_an_entry_that_lacks_something_is_damaged(key):
    found = verdict(told({name: value for name, value in ENTRY.items() if name != key}))
    assert (found.state, "its entry is damaged (KeyError" in found.reason) == ("unknown", True)


@pytest.mark.parametrize(
    "entry", [[], "x", {**ENTRY, "things": [{}]}, {**ENTRY, "stamp": "x"}, {**ENTRY, "stamp": {**STAMP, "values": 5}}]
)
def test_an_entry_of_another_shape_is_damaged(entry):
    assert "is damaged" in verdict(told(entry)).reason


def test_states_that_do_not_fit_the_things_are_no_answer():
    assert "is damaged" in verdict(told(found=[])).reason


@pytest.mark.parametrize(
    ("text", "holder"),
    [
        (Missing("x"), ("", "")),
        ("nonsense", ("", "")),
        (told(), ("", "")),
        (told(lock={"held": "alice@laptop (process 5)", "run": "t"}), ("alice@laptop (process 5)", "t")),
    ],
)
def test_who_works_on_the_host(text, holder):
    assert lock_of(text) == holder


def test_a_time_that_no_clock_shows_is_damaged():
    big = {**THING, "kind": "big", "state": {"is": "file", "changed_ns": 10**40}}
    found = verdict(told({**ENTRY, "things": [big]}, [{"is": "file", "changed_ns": 1}]))
    assert found.state == "unknown"
    assert "its entry is damaged (OverflowError" in found.reason


def test_an_answer_without_end_makes_no_sense():
    assert verdict("[" * 100_000).reason == "the ledger cannot be checked: the host's answer makes no sense"
    assert lock_of("[" * 100_000) == ("", "")

"""Which roles run, and who is left alone."""

import json
from argparse import Namespace
from dataclasses import replace

import pytest

from rigprov.commands import agreeing, applying, skipping
from rigprov.commands.apply_state import State
from rigprov.commands.concluding import conclude
from rigprov.errors import Exit
from rigprov.ledger.stamp import stamps
from rigprov.model.run import HostRun, RunSummary
from rigprov.model.target import Target
from rigprov.plan.build import build_plan
from rigprov.plan.wishes import Wishes
from rigprov.tiers import STARTER
from tests.unit.facts.rigs import facts

FACTS = facts("nspawn")
PLAN = build_plan(FACTS, STARTER)
THING = {"kind": "path", "name": "/etc/x", "state": {"is": "file", "mode": "0644"}}


def told(*roles: str, drifted: str = "", lock: object = None) -> str:
    """A ledger in which these roles are noted."""
    found: dict[str, object] = {}
    for role in roles:
        entry: dict[str, object] = {
            "role": role,
            "applied": "2026-11-26T10:00:00+00:00",
            "stamp": stamps(PLAN)[role],
            "things": [THING],
            "machine_id": FACTS.machine_id,
        }
        now = {"is": "file", "mode": "0600" if role == drifted else "0644"}
        found[role] = {"entry": entry, "found": [now]}
    return json.dumps({"lock": lock or {}, "machine": FACTS.machine_id, "roles": found})


def state(ledger: str, **more: object) -> State:
    options = {"check": False, "detect": False, "full": False, "no_verify": True, "yes": True, "reboot": "ask", "html": None}
    args = Namespace(remove_conflicts=False, format=[], forks=1, **(options | more))
    made = State(args, targets={"box": Target("box")}, tier=STARTER, wishes={"box": Wishes()})
    made.facts["box"] = replace(FACTS, ledger=ledger)
    return made


def planned(ledger: str, **more: object) -> State:
    made = state(ledger, **more)
    agreeing.plan(made)
    return made


def test_roles_that_hold_do_not_run_and_full_runs_all(capsys):
    made = planned(told(*PLAN.roles))
    assert made.running("box") == ()
    assert f"Ready: all {len(PLAN.roles)} roles hold, so none has to run." in capsys.readouterr().err
    assert planned(told(*PLAN.roles), full=True).running("box") == PLAN.roles


def test_a_role_that_drifted_runs_and_the_drift_is_shown(capsys):
    made = planned(told(*PLAN.roles, drifted="docker"))
    said = capsys.readouterr().err
    assert made.running("box") == ("docker",)
    assert "file /etc/x: mode: expected 0644, found 0600" in said
    assert f"Ready: 1 roles would run, {len(PLAN.roles) - 1} hold." in said


def test_a_host_that_was_never_seen_is_not_told_of_a_ledger(capsys):
    assert planned(told()).running("box") == PLAN.roles
    assert "as the last run left" not in capsys.readouterr().err


def test_where_nothing_runs_nobody_is_asked_and_nothing_is_started(monkeypatch):
    made = planned(told(*PLAN.roles), yes=False)
    monkeypatch.setattr("rigprov.commands.converge.converge", lambda *_, **__: pytest.fail("Ansible was started"))
    monkeypatch.setattr("rigprov.apply.bootstrap.bootstrap", lambda *_, **__: pytest.fail("the host was touched"))
    monkeypatch.setattr(agreeing, "confirmed", lambda *_, **__: pytest.fail("somebody was asked"))
    for step in (agreeing.ask, applying.prepare, applying.carry_out, applying.prove):
        step(made)
    outcome = conclude(made)
    assert outcome.exit is Exit.OK
    assert outcome.text == f"box: nothing changed; it already was as planned ({len(PLAN.roles)} roles, checked by the ledger)"
    assert outcome.data["hosts"]["box"]["ledger"]["base"]["state"] == "holds"  # type: ignore[index]


def test_only_the_roles_that_do_not_hold_are_handed_to_ansible(monkeypatch):
    made = planned(told(*PLAN.roles, drifted="docker"))
    given: dict[str, object] = {}

    def converge(_playbook: str, variables: dict[str, dict[str, object]], **_: object) -> RunSummary:
        given.update(variables["box"])
        return RunSummary((HostRun("box", "ok", 3, 0, (), (), notes=("something",)),), 1.0, "/log")

    monkeypatch.setattr("rigprov.commands.converge.converge", converge)
    applying.carry_out(made)
    assert given["rigprov_roles"] == ["docker"]
    assert given["rigprov_ledger"] == stamps(PLAN)
    assert "models_path" in given, "values of the others go along"
    assert "note: something" in conclude(made).text


@pytest.mark.parametrize(
    ("ledger", "code"), [(told(*PLAN.roles), 0), (told(*PLAN.roles, drifted="docker"), 5), (told("base"), 5)]
)
def test_detect_asks_nobody_and_says_by_its_exit_code(ledger, code, capsys):
    made = planned(ledger, detect=True, yes=False)
    outcome = conclude(made)
    assert made.stopped
    assert outcome.exit == code
    assert outcome.data["detect"] is True
    assert capsys.readouterr().err == "", "no plan: nothing would be done"


def test_a_host_that_another_run_works_on_is_left_alone():
    made = state(told(lock={"held": "alice@laptop (process 5)", "run": "laptop|x|5|1"}))
    skipping.stop_at_others(made)
    assert (made.stopped, made.ending.exit) == (True, Exit.BLOCKED)
    assert made.ending.problems[0].message == "another run works on this host: alice@laptop (process 5)"


def test_a_run_of_this_machine_that_was_killed_stops_nobody(monkeypatch):
    monkeypatch.setattr(skipping, "gone", lambda token: token == "t")  # noqa: S105 - no password
    made = state(told(lock={"held": "me", "run": "t"}))
    skipping.stop_at_others(made)
    assert not made.stopped

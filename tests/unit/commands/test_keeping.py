import os
from dataclasses import replace
from typing import Any

import pytest

from rigprov.commands import keeping
from rigprov.commands.keeping import facts_after, kept
from rigprov.errors import UnreachableError
from rigprov.facts.connection import Access
from rigprov.history.folder import proofs_folder
from rigprov.history.store import read_all
from rigprov.model.run import HostRun, TaskRecord
from rigprov.model.target import Target
from rigprov.plan.build import build_plan
from rigprov.plan.wishes import Wishes
from rigprov.tiers import STARTER
from tests.unit.facts.rigs import RIGS
from tests.unit.facts.rigs import rig as recording
from tests.unit.plan.hosts import driver, rig
from tests.unit.report.cases import STARTER as CASE

pytestmark = pytest.mark.usefixtures("starter_roles")
PROOF = replace(CASE.proof, host="rig", taken="")
TARGET = Target("rig", variables={"ansible_become_password": "open sesame"})


def stored():
    return read_all(proofs_folder(os.environ), pytest.fail)


def keep(proof, facts=None, **more):
    facts = facts or rig()
    plans = {"rig": build_plan(facts, STARTER, Wishes({}, {}))}
    words: dict[str, Any] = {
        "command": "verify",
        "facts": {"rig": facts},
        "plans": plans,
        "targets": [TARGET],
        "access": Access(),
    }
    return kept({"rig": proof}, **(words | more))["rig"]


def test_a_proof_is_dated_and_kept():
    proof = keep(PROOF)
    (record,) = stored()["rig"]
    assert record.proof == proof
    assert proof.taken.endswith("+00:00")
    assert (proof.since, record.command, record.changed) == (None, "verify", None)
    assert record.machine.cpu == rig().cpu.model
    assert record.plan.tier == "starter"


def test_a_date_that_is_there_stays():
    assert keep(CASE.proof).taken == CASE.proof.taken


def test_the_difference_to_the_last_of_its_kind():
    keep(PROOF, rig(nvidia=driver(24576)))
    keep(replace(PROOF, model="another"))
    keep(replace(PROOF, verdict="not measured", median=None))
    slower = replace(PROOF, median=70.0, minimum=69.0, maximum=71.0)
    since = keep(slower).since
    assert (since.median, since.change) == (82.1, -0.1474)
    assert "driver 580.95.05 \u2192 none" in since.changes


def test_an_error_is_handed_on():
    error = UnreachableError("rig does not answer")
    assert keep(error) is error
    assert stored() == {}


def test_what_apply_changed_is_kept():
    run = HostRun("rig", "ok", 5, 1, (TaskRecord("docker", "Install Docker", "changed"),), ())
    keep(PROOF, command="apply", runs=[run])
    (record,) = stored()["rig"]
    assert [(task.role, task.task) for task in record.changed or ()] == [("docker", "Install Docker")]


def test_known_secrets_are_not_kept(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "tell-nobody")
    keep(replace(PROOF, notes=("sudo: open sesame", "tell-nobody", "Bearer abcdefgh12345")), access=Access())
    (path,) = proofs_folder(os.environ).rglob("*.json")
    text = path.read_text()
    assert [word for word in ("open sesame", "tell-nobody", "abcdefgh12345") if word in text] == []


def test_a_home_that_cannot_be_written_is_a_warning(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert keep(PROOF).median == PROOF.median
    assert capsys.readouterr().err.startswith("warning: the proof of rig is not kept: ")


def test_facts_are_asked_again_where_roles_changed_something(monkeypatch):
    asked: list[str] = []

    def collect(targets, _access):
        asked.extend(target.name for target in targets)
        return {"a": recording(RIGS[0]), "c": UnreachableError("c is gone")}

    monkeypatch.setattr(keeping, "collect", collect)
    before = {name: rig(host=name) for name in "abc"}
    runs = [HostRun(name, "ok", 5, changed, (), ()) for name, changed in (("a", 1), ("b", 0), ("c", 2))]
    after = facts_after(before, runs, [Target(name) for name in "abc"], Access())
    assert asked == ["a", "c"]
    assert after["a"] != before["a"]
    assert (after["b"], after["c"]) == (before["b"], before["c"])

"""A roll from its first batch to its end, with stand-ins for what would touch hosts."""

import json
import os
from argparse import Namespace
from dataclasses import replace
from typing import Any

import pytest

from rigprov.commands import rolling
from rigprov.commands.apply_state import State
from rigprov.commands.concluding import conclude
from rigprov.errors import ApplyError, Exit, UnreachableError
from rigprov.history.quarantine import find, note_of, put, quarantine_folder
from rigprov.model.fleet import Quarantine
from rigprov.model.outcome import Outcome
from rigprov.model.run import HostRun, RunSummary
from rigprov.model.target import Target
from rigprov.plan.wishes import Wishes
from rigprov.tiers import STARTER
from tests.unit.facts.rigs import facts, rig
from tests.unit.report.cases import STARTER as RECORD

FACTS = facts("nspawn")
RECORDING = rig("nspawn")


class World:
    """What happens to each host when it is worked on: "ok", "slow", "broken", "busy"."""

    def __init__(self, **fates: str) -> None:
        self.fates = fates
        self.order: list[tuple[str, ...]] = []
        self.asked: list[str] = []

    def carry_out(self, state: State) -> None:
        self.order.append(tuple(state.targets))
        runs = []
        for host in list(state.targets):
            fate = self.fates.get(host, "ok")
            words = {"broken": "the disk is full", "busy": "another run works on this host: alice@laptop (process 5)"}
            runs.append(HostRun(host, "failed" if fate in words else "ok", 9, 2, (), (), words.get(fate, "")))
            if state.ending.ran(runs[-1]):
                state.targets.pop(host)
        state.summary = RunSummary(tuple(runs), 1.0, f"/log/{len(self.order)}")

    def prove(self, state: State) -> None:
        if state.args.no_verify:
            return
        for host in state.targets:
            slow = self.fates.get(host) == "slow"
            proof = replace(RECORD.proof, host=host, verdict="slow" if slow else "pass", reason="too slow" if slow else "")
            state.proofs[host] = proof
            state.ending.proved(proof)


@pytest.fixture
def roll(monkeypatch):
    def go(world: World, fleet: str = "abcd", **options: object) -> State:
        monkeypatch.setattr(rolling, "WORK", (world.carry_out, world.prove))

        def collect(targets, _access):
            world.asked += [target.name for target in targets]
            gone = UnreachableError("it does not answer")
            return {target.name: gone if world.fates.get(target.name) == "gone" else RECORDING for target in targets}

        monkeypatch.setattr("rigprov.commands.asking.collect", collect)
        monkeypatch.setattr("rigprov.commands.skipping.judged", lambda *_: None)
        given = {"serial": "1", "max_failures": None, "include_quarantined": False, "no_verify": False, "check": False}
        more = {"detect": False, "hosts": ["all"], "html": None, "full": False}
        state = State(Namespace(**(given | more | options)), tier=STARTER)
        state.targets = {host: Target(host) for host in fleet}
        state.named = tuple(state.targets)
        state.wishes = {host: Wishes() for host in fleet}
        state.facts = dict.fromkeys(fleet, FACTS)
        for step in (rolling.leave_out, rolling.divide, rolling.work):
            if not state.stopped:
                step(state)
        return state

    return go


def quarantined() -> dict[str, Quarantine]:
    folder = quarantine_folder(os.environ)
    return {host: entry for host in "abcd" if (entry := find(folder, host)) is not None}


def states(state: State) -> dict[str, str]:
    assert state.roll is not None
    return {"".join(batch.hosts): batch.state for batch in state.roll.batches}


def plain(outcome: Outcome) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(json.dumps(outcome.data))
    return data


def ends(outcome: Outcome) -> list[str]:
    return [row["state"] for row in plain(outcome)["table"]]


def test_all_is_well(roll):
    world = World()
    state = roll(world, serial="1,50%")
    outcome = conclude(state)
    assert (world.order, outcome.exit) == ([("a",), ("b", "c"), ("d",)], Exit.OK)
    assert world.asked == ["b", "c", "d"], "asked again right before their batch"
    assert set(states(state).values()) == {"passed"}
    assert ends(outcome) == ["done"] * 4
    assert plain(outcome)["roll"]["batches"][1] == {"hosts": ["b", "c"], "state": "passed", "log_dir": "/log/2"}
    assert quarantined() == {}


@pytest.mark.parametrize(
    ("fate", "gate", "code"),
    [("broken", "roles", Exit.APPLY_FAILED), ("slow", "speed", Exit.BELOW_FLOOR), ("gone", "reach", Exit.UNREACHABLE)],
)
def test_a_gate_stops_the_roll_and_names_host_gate_and_reason(roll, capsys, fate, gate, code):
    world = World(b=fate)
    state = roll(world)
    outcome = conclude(state)
    assert [host for batch in world.order for host in batch if host in "cd"] == []
    assert outcome.exit == code
    assert states(state) == {"a": "passed", "b": "failed", "c": "not started", "d": "not started"}
    said = outcome.problems[-1].message
    assert said.startswith(f"the roll stopped at batch 2 of 4: b did not pass the gate `{gate}`: ")
    assert said.endswith("; not started: c, d")
    assert ends(outcome)[2:] == ["not started"] * 2
    assert plain(outcome)["roll"]["failures"][0]["host"] == "b"
    assert quarantined()["b"].gate == gate
    assert str(note_of(quarantine_folder(os.environ), "b")) in capsys.readouterr().err


def test_so_many_may_fail(roll):
    state = roll(World(a="broken", c="slow"), max_failures=1)
    assert states(state) == {"a": "failed", "b": "passed", "c": "failed", "d": "not started"}
    assert state.ending.exit == Exit.APPLY_FAILED
    assert quarantined().keys() == {"a", "c"}
    assert states(roll(World(c="slow"), max_failures=1))["d"] == "passed"


def test_a_batch_is_worked_on_whole(roll):
    state = roll(World(a="broken"), serial="2")
    assert states(state) == {"ab": "failed", "cd": "not started"}
    assert quarantined().keys() == {"a"}


def test_without_a_proof_the_roles_are_the_gate(roll):
    assert set(states(roll(World(b="slow"), no_verify=True)).values()) == {"passed"}


@pytest.mark.parametrize("at", ["start", "batch"])
def test_two_rolls_that_meet_stand_back_and_quarantine_nobody(roll, monkeypatch, at):
    def met(state: State) -> None:
        state.ending.note("another-run", "another run works on this host: alice@laptop", Exit.BLOCKED, host="b")
        state.targets.pop("b")
        divide(state)

    divide = rolling.divide
    if at == "start":
        monkeypatch.setattr(rolling, "divide", met)
    world = World(**({} if at == "start" else {"b": "busy"}))
    state = roll(world)
    assert state.ending.exit == Exit.BLOCKED
    assert len(world.order) == (0 if at == "start" else 2)
    assert states(state)["d"] == "not started"
    assert "another run works on this host: alice@laptop" in state.ending.problems[-1].message
    assert quarantined() == {}


def note(host: str, gate: str = "speed") -> None:
    put(quarantine_folder(os.environ), Quarantine(host, "2026-11-26T10:00:00+00:00", gate, "too slow"))  # type: ignore[arg-type]


def test_the_quarantined_are_left_out_and_told_of(roll, capsys):
    note("b")
    world = World()
    state = roll(world)
    assert world.order == [("a",), ("c",), ("d",)]
    assert state.ending.exit == Exit.OK
    assert "b: quarantined since 2026-11-26 10:00 UTC, gate `speed`: too slow; rolls leave it out" in capsys.readouterr().err
    assert ends(conclude(state)) == ["done", "quarantined", "done", "done"]
    assert quarantined().keys() == {"b"}


@pytest.mark.parametrize("more", [{"hosts": ["a", "b"]}, {"include_quarantined": True}, {"serial": None, "hosts": ["all"]}])
def test_one_that_takes_part_and_passes_is_out(roll, capsys, more):
    note("b")
    world = World()
    roll(world, **more)
    assert "b" in {host for batch in world.order for host in batch}
    assert "b: passes again, and is out of quarantine" in capsys.readouterr().err
    assert quarantined() == {}


@pytest.mark.parametrize("more", [{"no_verify": True}, {"check": True}])
def test_what_was_not_tried_releases_nobody(roll, more):
    note("b")
    roll(World(), include_quarantined=True, **more)
    assert quarantined().keys() == {"b"}


def test_one_that_fails_alone_stays(roll):
    note("b")
    roll(World(b="slow"), fleet="b", serial=None)
    assert quarantined().keys() == {"b"}


def test_a_roll_of_nobody(roll):
    note("a")
    state = roll(World(), fleet="a")
    assert (state.ending.exit, state.ending.problems[0].code) == (Exit.BLOCKED, "all-quarantined")


def test_a_dry_run_rolls_nothing_and_tells_the_batches(roll):
    world = World()
    outcome = conclude(roll(world, check=True, serial="3"))
    assert world.order == [("a", "b", "c", "d")]
    assert "would roll in 2 batches (--serial 3)\n  1  a, b, c\n  2  d" in outcome.text


def test_the_page_holds_the_table(roll, tmp_path):
    outcome = conclude(roll(World(b="broken"), html=str(tmp_path / "all.html")))
    assert outcome.data["html"] == str(tmp_path / "all.html")
    text = (tmp_path / "all.html").read_text()
    assert "4 machines:" in text
    assert "the disk is full" in text


def test_a_state_that_cannot_be_written_is_a_warning(roll, capsys, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    state = roll(World(b="broken"))
    assert state.ending.exit == Exit.APPLY_FAILED
    assert "warning: b is not quarantined: " in capsys.readouterr().err


def test_an_error_of_preparation_is_the_gate_of_the_roles(roll, monkeypatch):
    class Bare(World):
        def carry_out(self, state: State) -> None:
            if "b" in state.targets:
                state.drop("b", ApplyError("getting ready for Ansible failed"))
            super().carry_out(state)

    assert states(roll(Bare()))["b"] == "failed"
    assert quarantined()["b"].gate == "roles"

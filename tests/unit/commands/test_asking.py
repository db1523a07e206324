"""A second run does not wait for a source that is slow today; a run that has anything to do asks it with all patience."""

import json
from argparse import Namespace
from collections.abc import Collection, Iterable

import pytest

from rigprov.catalog.sources import PYTHON_INDEX, SOURCES
from rigprov.commands import agreeing, asking
from rigprov.commands.apply_state import State
from rigprov.errors import RigprovError, UnreachableError
from rigprov.facts.build import host_facts
from rigprov.facts.connection import Access
from rigprov.facts.recording import Recording
from rigprov.ledger.stamp import stamps
from rigprov.model.target import Target
from rigprov.plan.build import build_plan
from rigprov.plan.consent import Consent
from rigprov.plan.wishes import Wishes
from rigprov.tiers import STARTER
from tests.unit.facts.rigs import rig

INDEX = "https://index.example/simple/"
ANSWERED = {f"reach-{name}": (f"{address}\n200", "", 0) for name, address in {**SOURCES, PYTHON_INDEX: INDEX}.items()}
SILENT = {name: (f"{output[:-3]}000", "curl: (28) SSL connection timeout", 28) for name, (output, _, _) in ANSWERED.items()}


def told(answers: dict[str, tuple[str, str, int]], *, drift: bool = False) -> Recording:
    """A host on which the starter tier's roles have run, as the plan has them where all sources answer."""
    made = build_plan(host_facts(rig("nspawn", ANSWERED)), STARTER, Wishes(), Consent())
    thing = {"kind": "group", "name": "docker"}
    roles = {
        role: {
            "entry": {
                "role": role,
                "machine_id": "m",
                "applied": "2026-11-27",
                "stamp": stamp,
                "things": [{**thing, "state": {"gid": 5}}],
            },
            "found": [{"gid": 6 if drift else 5}],
        }
        for role, stamp in stamps(made).items()
    }
    return rig("nspawn", {**answers, "ledger": (json.dumps({"lock": {}, "machine": "m", "roles": roles}), "", 0)})


class Apply:
    """The steps of a run up to its plan, on one host that says these things one after the other."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *says: Recording | RigprovError, **more: object) -> None:
        self.says = list(says)
        self.quick: list[bool] = []
        monkeypatch.setattr(asking, "collect", self._collect)
        given = {"remove_conflicts": False, "format": [], "reboot": "ask", "yes": True, "check": False, "no_verify": True}
        args = Namespace(**(given | {"detect": False, "full": False} | more))
        self.state = State(args, targets={"box": Target("box")}, tier=STARTER, wishes={"box": Wishes()})
        asking.gather_facts(self.state)
        if self.state.targets:
            agreeing.plan(self.state)
            asking.remember(self.state)
        assert not self.says, "it was not asked as often as that"

    def _collect(
        self, targets: Iterable[Target], _access: Access, quick: Collection[str] = ()
    ) -> dict[str, Recording | RigprovError]:
        self.quick.append("box" in quick)
        return {target.name: self.says.pop(0) for target in targets}

    @property
    def reachable(self) -> set[object]:
        return set(self.state.facts["box"].reachable.values())

    @property
    def running(self) -> tuple[str, ...]:
        return self.state.running("box")


def test_late_sources_are_not_waited_for_where_nothing_is_to_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    first = Apply(monkeypatch, told(ANSWERED))
    assert (first.quick, first.reachable, first.running) == ([False], {True}, ())
    for detect in (False, True, False):
        again = Apply(monkeypatch, told(SILENT), detect=detect)
        assert (again.quick, again.reachable, again.running, again.state.late) == ([True], {True}, (), {"box"})


def test_what_was_taken_over_is_not_kept_as_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    Apply(monkeypatch, told(ANSWERED))
    monkeypatch.setattr(asking, "put", lambda *_: pytest.fail("it would count for another day"))
    Apply(monkeypatch, told(SILENT))


def test_a_run_with_something_to_do_asks_again_with_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    Apply(monkeypatch, told(ANSWERED))
    again = Apply(monkeypatch, told(SILENT, drift=True), told(ANSWERED, drift=True))
    assert (again.quick, again.state.late, bool(again.running)) == ([True, False], set(), True)
    still = Apply(monkeypatch, told(SILENT, drift=True), told(SILENT, drift=True))
    assert (still.quick, still.reachable, bool(still.running)) == ([True, False], {False}, True)


def test_another_answer_is_no_late_one(monkeypatch: pytest.MonkeyPatch) -> None:
    Apply(monkeypatch, told(ANSWERED))
    refused = {name: (output[:-3] + "503", "", 0) for name, (output, _, _) in ANSWERED.items()}
    now = Apply(monkeypatch, told(refused))
    assert (now.quick, now.reachable, now.state.late) == ([True], {False}, set())
    assert bool(now.running), "where less can be had another plan is made, for good or ill"


def test_another_address_that_is_late_is_asked_with_patience_before_anything_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    Apply(monkeypatch, told(ANSWERED))
    name = f"reach-{PYTHON_INDEX}"
    moved = {**ANSWERED, name: ("https://mirror.example/simple/\n000", "curl: (28) SSL connection timeout", 28)}
    now = Apply(monkeypatch, told(moved, drift=True), told(ANSWERED, drift=True))
    assert (now.quick, now.reachable) == ([True, False], {True})


def test_full_has_all_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    Apply(monkeypatch, told(ANSWERED))
    assert Apply(monkeypatch, told(SILENT), full=True).quick == [False]


def test_a_host_that_is_gone_when_it_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    Apply(monkeypatch, told(ANSWERED))
    gone = Apply(monkeypatch, told(SILENT, drift=True), UnreachableError("it does not answer"))
    assert gone.state.targets == {}
    assert [problem.message for problem in gone.state.ending.problems] == ["it does not answer"]


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(asking, "put", full)
    Apply(monkeypatch, told(ANSWERED))
    assert Apply(monkeypatch, told(ANSWERED)).quick == [False]

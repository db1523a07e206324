"""The user's word on a plan, reboots included."""

import io
import sys
from argparse import Namespace

import pytest

from rigprov.commands import agreeing
from rigprov.commands.apply_state import State
from rigprov.errors import Exit
from rigprov.model.target import Target
from rigprov.plan.wishes import Wishes
from rigprov.tiers import INTERMEDIATE
from tests.unit.facts.rigs import facts


def state(*, reboot: str = "ask", yes: bool = False, local: bool = False) -> State:
    """A desktop whose card nouveau holds, so that its plan needs a reboot."""
    args = Namespace(
        remove_conflicts=False, format=[], reboot=reboot, yes=yes, check=False, no_verify=True, detect=False, full=False
    )
    made = State(args, targets={"box": Target("box", local=local)}, tier=INTERMEDIATE, wishes={"box": Wishes()})
    made.facts["box"] = facts("desktop-3090")
    agreeing.plan(made)
    return made


def agreed(made: State) -> object:
    step = next(step for step in made.plans["box"].steps if step.role == "nvidia_driver")
    return step.values["nvidia_driver_reboot"].value


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_the_plan_says_why_it_needs_a_reboot() -> None:
    assert state().plans["box"].reboot == "nouveau holds the GPU, and lets go only at a boot without it"


def test_yes_at_the_terminal_agrees_to_the_reboot_that_it_names(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = state()
    assert agreed(made) is False
    answer(monkeypatch, "y\n")
    agreeing.ask(made)
    assert "box will be rebooted once" in capsys.readouterr().err
    assert agreed(made) is True
    assert not made.stopped


def test_no_at_the_terminal_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    made = state()
    answer(monkeypatch, "\n")
    agreeing.ask(made)
    assert (made.stopped, made.ending.exit) == (True, Exit.INTERRUPTED)


def test_the_option_yes_alone_agrees_to_no_reboot() -> None:
    made = state(yes=True)
    agreeing.ask(made)
    (problem,) = made.ending.problems
    assert (problem.code, made.ending.exit, made.stopped) == ("reboot-consent", Exit.BLOCKED, True)
    assert "--reboot yes" in (problem.hint or "")


@pytest.mark.parametrize(("reboot", "expected"), [("yes", True), ("no", False)])
def test_the_option_reboot_is_the_answer(reboot: str, expected: bool) -> None:
    made = state(reboot=reboot, yes=True)
    agreeing.ask(made)
    assert (agreed(made), made.stopped) == (expected, False)


def test_f29_the_machine_that_rigprov_runs_on_is_never_rebooted() -> None:
    made = state(reboot="yes", yes=True, local=True)
    assert [problem.code for problem in made.ending.problems] == ["reboot-local"]
    assert made.stopped


def test_f29_nor_by_an_answer_at_the_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    made = state(local=True)
    answer(monkeypatch, "y\n")
    agreeing.ask(made)
    assert "box has to be rebooted by you afterwards" in capsys.readouterr().err
    assert agreed(made) is False

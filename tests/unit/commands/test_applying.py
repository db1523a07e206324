"""Steps of `apply` that need no host."""

from argparse import Namespace
from pathlib import Path

import pytest

from rigprov.commands import agreeing, applying
from rigprov.commands.apply_state import State
from rigprov.commands.concluding import conclude
from rigprov.errors import Exit, UsageError
from rigprov.model.target import Target
from rigprov.plan.wishes import Wishes
from rigprov.report.proof import proofs_text
from rigprov.tiers import ADVANCED
from tests.unit.facts.rigs import facts


def state(**more: object) -> State:
    args = Namespace(
        format=[],
        **(
            {
                "remove_conflicts": False,
                "reboot": "ask",
                "yes": True,
                "check": False,
                "no_verify": False,
                "detect": False,
                "full": False,
                "settings": (),
                "html": None,
                "inventory": None,
            }
            | more
        ),
    )
    made = State(args, targets={"box": Target("box")}, tier=ADVANCED, wishes={"box": Wishes()})
    made.facts["box"] = facts("container-no-systemd")
    return made


def test_a_host_without_a_gpu_is_not_measured_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    made = state()
    agreeing.plan(made)
    outcome = conclude(made)
    assert (outcome.exit, outcome.text) == (Exit.BLOCKED, proofs_text([made.proofs["box"]]))
    assert "not measured" in outcome.text
    assert "no GPU" in outcome.text
    proof = outcome.data["hosts"]["box"]["proof"]  # type: ignore[index]
    assert (proof["verdict"], proof["reason"], proof["median"]) == ("not measured", "no GPU", None)
    assert made.stopped
    assert "needs 2 GPUs" in capsys.readouterr().err


@pytest.mark.parametrize("more", [{"check": True}, {"no_verify": True}])
def test_no_proof_where_none_was_asked_for(more: dict[str, object]) -> None:
    made = state(**more)
    agreeing.plan(made)
    assert made.proofs == {}


def test_a_carried_file_is_looked_at_before_any_host(tmp_path: Path) -> None:
    settings = [f"llm_runtime.archive={tmp_path}/none.tar.gz"]
    given = {"tier": "starter", "model": None, "format": [], "hosts": ["box"], "settings": settings}
    args = Namespace(**given, inventory=None, check=True, yes=True, detect=False)
    with pytest.raises(UsageError, match="cannot be read: No such file or directory"):
        applying.read_input(State(args))

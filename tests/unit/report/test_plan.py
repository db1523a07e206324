"""A plan in words: the whole text, character by character."""

from pathlib import Path

import pytest

from rigprov.model.host import Memory
from rigprov.plan.build import build_plan
from rigprov.plan.wishes import Wishes
from rigprov.report.json import plain
from rigprov.report.plan import plan_text, without_secrets
from rigprov.tiers import INTERMEDIATE, STARTER
from tests.unit.plan.hosts import REACHABLE, RTX_3090, container, package, rig

pytestmark = pytest.mark.usefixtures("starter_roles")

GOLDEN = Path(__file__).with_name("golden")


@pytest.mark.parametrize(
    ("name", "facts", "tier", "flags"),
    [
        ("ready", rig(), STARTER, {"docker_log_max_file": 7}),
        ("gpu-missing", container(), INTERMEDIATE, {}),
        ("conflict", rig(packages=(package("runc"),)), STARTER, {}),
    ],
)
def test_whole_text(name, facts, tier, flags):
    plan = build_plan(facts, tier, Wishes(flags=flags))
    assert plan_text(plan) == (GOLDEN / f"plan-{name}.txt").read_text(encoding="utf-8")


def test_a_tier_that_fits_but_is_not_built_says_that_apply_will_refuse():
    facts = rig(memory=Memory(64102, 60000), pci=(RTX_3090,))
    assert plan_text(build_plan(facts, INTERMEDIATE)).endswith(
        "The host fits, but `apply` will refuse: not built yet are nvidia_driver, cuda_toolkit, nvidia_container_toolkit.\n"
    )


def test_explain_shows_defaults_too():
    plan = build_plan(rig(reachable=REACHABLE | {"hub": False}), STARTER)
    short, long = plan_text(plan), plan_text(plan, explain=True)
    line = "              docker_log_max_size = 50m  <- default\n"
    assert (line in short, line in long) == (False, True)


def test_secrets_are_neither_in_the_text_nor_in_the_json():
    plan = build_plan(rig(), STARTER, Wishes(inventory={"models_token": "hf_verysecret"}))
    shown = plan_text(plan, explain=True) + str(plain(without_secrets(plan)))
    assert "hf_verysecret" not in shown
    assert "models_token = (secret)  <- inventory" in shown
    assert "hf_verysecret" in plan.variables().values()

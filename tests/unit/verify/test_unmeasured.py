"""What a host's proof says when nothing could be measured: never a number."""

import pytest

from rigprov.model.plan import Blocker, Environment, Plan, Step
from rigprov.plan.build import build_plan
from rigprov.tiers import ADVANCED, INTERMEDIATE
from rigprov.verify.unmeasured import unmeasured
from tests.unit.plan.hosts import container, driver, mount, rig

SMALL_GPU = rig(nvidia=driver(12288, name="NVIDIA GeForce RTX 3060"), mounts=(mount(size=900),))


@pytest.mark.parametrize(
    ("facts", "tier", "reason"),
    [
        (rig(), ADVANCED, "no GPU"),
        (container(), ADVANCED, "no GPU"),
        (container(), INTERMEDIATE, "no GPU"),
        (SMALL_GPU, INTERMEDIATE, "the plan cannot be carried out: tier intermediate needs 64 GiB of RAM, has 15.5 GiB"),
    ],
)
def test_reason(facts, tier, reason):
    proof = unmeasured(build_plan(facts, tier), facts)
    assert (proof.verdict, proof.reason, bool(proof.fix)) == ("not measured", reason, True)
    assert (proof.median, proof.runs, proof.engine, proof.limit_tokens_per_s) == (None, (), "", None)


@pytest.mark.parametrize(
    ("steps", "blockers", "reason"),
    [
        ((Step("web_ui", "not_built", "later"),), (), "role web_ui cannot be applied here: later"),
        ((), (Blocker("disk-full", "the disk is full", "free some"),), "the plan cannot be carried out: the disk is full"),
    ],
)
def test_reason_of_plans_that_fail_otherwise(steps, blockers, reason):
    plan = Plan("web", "big", Environment("vm", True, None, "test"), steps, blockers, (), (), None, None)
    assert unmeasured(plan, rig()).reason == reason

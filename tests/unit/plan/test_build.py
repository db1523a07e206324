"""The whole plan: order, layers of values, what is left out, what stands in the way."""

from dataclasses import replace

import pytest

from rigprov.model.host import Memory
from rigprov.model.plan import Source, Value
from rigprov.plan.build import build_plan
from rigprov.plan.consent import Consent
from rigprov.plan.wishes import Wishes
from rigprov.tiers import INTERMEDIATE, STARTER
from tests.unit.plan.hosts import REACHABLE, RTX_3090, container, mount, package, rig

pytestmark = pytest.mark.usefixtures("starter_roles")

NO_HUB = REACHABLE | {"hub": False}


def states(plan):
    return {step.role: step.state for step in plan.steps}


def value(plan, name):
    return next(step.values[name] for step in plan.steps if name in step.values)


def test_a_pc_gets_every_role_of_the_starter_tier_in_order():
    plan = build_plan(rig(), STARTER)
    assert plan.roles == ("base", "model_storage", "docker", "swap", "models", "llm_runtime")
    assert (plan.blockers, plan.warnings, plan.destructive, plan.reboot) == ((), (), (), None)


def test_a_container_without_systemd_gets_what_it_can_have():
    plan = build_plan(container(), STARTER)
    assert states(plan) == {
        "base": "run",
        "docker": "skip",
        "model_storage": "run",
        "swap": "skip",
        "models": "run",
        "llm_runtime": "run",
    }
    assert (plan.blockers, plan.reboot) == ((), None)
    assert all(step.reason for step in plan.steps)


def test_roles_that_are_not_built_show_as_what_they_are_and_block_nothing():
    plan = build_plan(rig(memory=Memory(64102, 60000), pci=(RTX_3090,)), INTERMEDIATE)
    assert states(plan) == {
        "base": "run",
        "nvidia_driver": "not_built",
        "cuda_toolkit": "not_built",
        "docker": "run",
        "nvidia_container_toolkit": "not_built",
        "model_storage": "run",
        "swap": "run",
        "models": "run",
        "llm_runtime": "run",
    }
    assert plan.blockers == ()


@pytest.mark.parametrize(
    ("tier_value", "inventory", "flag", "expected"),
    [
        (None, None, None, Value(3, Source.DEFAULT)),
        (4, None, None, Value(4, Source.TIER, "tier starter")),
        (4, 5, None, Value(5, Source.INVENTORY)),
        (4, 5, 6, Value(6, Source.FLAG)),
        (None, None, 6, Value(6, Source.FLAG)),
    ],
)
def test_layers_of_a_value_that_is_not_decided(tier_value, inventory, flag, expected):
    def layer(number):
        return {} if number is None else {"docker_log_max_file": number}

    tier = replace(STARTER, values=layer(tier_value))
    plan = build_plan(rig(), tier, Wishes(layer(inventory), layer(flag)))
    assert value(plan, "docker_log_max_file") == expected


def test_a_decided_value_names_its_reason_and_yields_to_the_user():
    plan = build_plan(rig(reachable=NO_HUB | {"docker_repository": False}), STARTER)
    reason = "download.docker.com does not answer from this host"
    assert value(plan, "docker_source") == Value("distribution", Source.PLAN, reason)
    plan = build_plan(rig(), STARTER, Wishes(flags={"llm_runtime_threads": 2}))
    assert value(plan, "llm_runtime_threads") == Value(2, Source.FLAG)


def test_a_decided_value_that_is_the_default_counts_as_the_default():
    reason = "no other file system was named"
    assert value(build_plan(rig(), STARTER), "model_storage_path") == Value("/srv/models", Source.DEFAULT, reason)


def test_consequences_follow_the_users_value():
    facts = rig(mounts=(mount(), mount("/data", "xfs")), reachable=NO_HUB)
    plan = build_plan(facts, STARTER, Wishes(flags={"models_path": "/data/llm"}))
    file = "/data/llm/SmolLM2-135M-Instruct.Q4_1.gguf"
    assert {
        name: value(plan, name).value for name in ("model_storage_path", "models_path", "llm_runtime_model", "docker_data_root")
    } == {
        "model_storage_path": "/data/llm",
        "models_path": "/data/llm",
        "llm_runtime_model": file,
        "docker_data_root": "/data/docker",
    }
    assert plan.benchmark is not None
    assert plan.benchmark.path == file


def test_the_tiers_value_has_the_same_consequences():
    tier = replace(STARTER, values={"models_path": "/opt/models"})
    plan = build_plan(rig(), tier)
    assert value(plan, "model_storage_path").value == "/opt/models"
    assert plan.benchmark is not None
    assert plan.benchmark.path == "/opt/models/Qwen3-8B-Q4_K_M.gguf"


def test_the_users_models_add_to_the_benchmarks():
    own = {"name": "mine", "file": "mine.gguf", "source": "url"}
    plan = build_plan(rig(reachable=NO_HUB), STARTER, Wishes(inventory={"models_wanted": [own]}))
    wanted = value(plan, "models_wanted")
    assert [item["name"] for item in wanted.value] == ["smollm2-135m", "mine"]
    assert wanted.source is Source.INVENTORY
    assert wanted.reason == "the benchmark's model, and 1 that the user names"


def test_a_value_for_a_role_that_does_not_run_is_said():
    plan = build_plan(container(), STARTER, Wishes(flags={"swap_size_mib": 1024}))
    assert plan.warnings == ("swap_size_mib is set, but role swap does not run on this host",)


def test_blockers_of_roles_and_of_needs_come_together():
    facts = rig(memory=Memory(1900, 1500), packages=(package("containerd"),), reachable=NO_HUB | {"docker_repository": True})
    plan = build_plan(facts, STARTER)
    assert [blocker.code for blocker in plan.blockers] == ["ram-short", "docker-conflicts"]
    assert [item.given for item in plan.destructive] == [False]
    agreed = build_plan(facts, STARTER, consent=Consent(remove_conflicts=True))
    assert [item.given for item in agreed.destructive] == [True]


def test_a_second_plan_on_the_converged_host_is_the_same():
    first = rig(reachable=NO_HUB, mounts=(mount(size=12, free=2.5),))
    later = replace(
        first,
        mounts=(mount(size=12, free=2.0),),
        extra={"models": "98362432 /srv/models/SmolLM2-135M-Instruct.Q4_1.gguf"},
        packages=(package("docker-ce"),),
    )
    before, after = build_plan(first, STARTER), build_plan(later, STARTER)
    assert after.benchmark is not None
    assert before.benchmark is not None
    assert replace(after.benchmark, reason="") == replace(before.benchmark, reason="")
    assert value(after, "models_wanted").value == value(before, "models_wanted").value
    assert value(after, "docker_source").value == value(before, "docker_source").value


def test_variables_are_those_of_the_roles_that_run():
    names = set(build_plan(container(), STARTER).variables())
    assert {"models_path", "llm_runtime_threads"} <= names
    assert not [name for name in names if name.startswith(("docker_", "swap_"))]

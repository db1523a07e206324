"""The plan speaks the roles' language: every variable it decides is one that the role's own spec knows, of the right type."""

from dataclasses import replace

import pytest

from rigprov.catalog import roles
from rigprov.catalog.typed import problem
from rigprov.model.host import Cpu, Memory
from rigprov.plan.build import build_plan
from rigprov.plan.wishes import Wishes
from rigprov.tiers import ADVANCED, BUILT_IN, INTERMEDIATE, STARTER
from tests.unit.plan.hosts import JAMMY, REACHABLE, RTX_3090, driver, mount, rig
from tests.unit.plan.test_toolchain import rented

HOSTS = {
    "root disk": rig(),
    "own disk, no hub": rig(mounts=(mount(), mount("/srv/models", "xfs")), reachable=REACHABLE | {"hub": False}),
}


RENTED = rented(gpus=(24576, 24576), provider="runpod", memory=Memory(64000, 63000), python="3.10.12")
GPU = rig(os=JAMMY, pci=(RTX_3090,), memory=Memory(64000, 63000))
CARRIED = {"llm_runtime_archive": "/home/me/engine.tar.gz", "llm_runtime_archive_sha256": "ab" * 32}
CASES = {
    **{name: (facts, STARTER, {}) for name, facts in HOSTS.items()},
    "old CPU": (rig(cpu=Cpu("Xeon E5-2670", 8, 16, ("avx",), 1)), STARTER, {}),
    "rented GPUs": (RENTED, ADVANCED, {}),
    "carried": (RENTED, ADVANCED, CARRIED),
    "bare GPU, Ubuntu": (GPU, INTERMEDIATE, {}),
    "bare GPU, Debian": (rig(pci=(RTX_3090,), memory=Memory(64000, 63000)), INTERMEDIATE, {}),
    "bare GPU, NVIDIA's repository": (GPU, INTERMEDIATE, {"nvidia_driver_source": "nvidia"}),
    "GPU with a driver": (replace(GPU, nvidia=driver(24576)), INTERMEDIATE, {}),
}


@pytest.mark.parametrize(("facts", "tier", "flags"), CASES.values(), ids=CASES)
def test_every_value_fits_its_roles_spec(facts, tier, flags):
    wrong = [
        f"{step.role}: {name} {found}"
        for step in build_plan(facts, tier, Wishes(flags=flags)).steps
        if step.state == "run"
        for name, value in step.values.items()
        for found in [
            "is unknown to the role"
            if name not in roles.options(step.role)
            else problem(roles.options(step.role)[name], value.value)
        ]
        if found
    ]
    assert wrong == []


@pytest.mark.parametrize("flags", [{}, CARRIED])
def test_rented_gpus_can_be_applied(flags):
    """The driver is the host's, the toolkit the image's, and services there are none: nothing is left that is not built."""
    made = build_plan(RENTED, ADVANCED, Wishes(flags=flags))
    assert {step.role: step.state for step in made.steps} == {
        "base": "run",
        "nvidia_driver": "skip",
        "cuda_toolkit": "skip",
        "docker": "skip",
        "nvidia_container_toolkit": "skip",
        "model_storage": "run",
        "swap": "skip",
        "models": "run",
        "llm_runtime": "run",
    }
    assert made.blockers == ()


def test_every_role_of_a_tier_has_its_place_in_the_order():
    assert [role for tier in BUILT_IN for role in tier.roles if role not in roles.ORDER] == []


def test_the_starter_tier_can_be_applied():
    assert [role for role in STARTER.roles if not roles.built(role)] == []

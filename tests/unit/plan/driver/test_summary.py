"""The driver of a plan in one place, for scripts."""

from dataclasses import replace

import pytest

from rigprov.model.host import Memory
from rigprov.plan.build import build_plan
from rigprov.plan.consent import Consent
from rigprov.plan.wishes import Wishes
from rigprov.tiers import INTERMEDIATE, STARTER
from tests.unit.plan.hosts import JAMMY, RTX_3090, container, driver, rig

GPU = rig(os=JAMMY, pci=(RTX_3090,), memory=Memory(64000, 63000))
DEBIAN = rig(pci=(RTX_3090,), memory=Memory(64000, 63000))


@pytest.mark.parametrize(
    ("facts", "flags", "expected"),
    [
        (GPU, {}, ("ubuntu", "580", "open", "dkms", "hold")),  # the rig's kernel is Debian's
        (DEBIAN, {}, ("debian", "535", "proprietary", "dkms", "hold")),
        (GPU, {"nvidia_driver_source": "nvidia"}, ("nvidia", "580", "open", "dkms", "pinning package")),
        (GPU, {"nvidia_driver_hold": [], "nvidia_driver_source": "ubuntu"}, ("ubuntu", "580", "open", "dkms", "none")),
        (rig(os=JAMMY, nvidia=driver(24576), pci=(RTX_3090,)), {}, ("adopt", "580", "", "present", "none")),
    ],
)
def test_in_one_place(facts, flags, expected):
    made = build_plan(facts, INTERMEDIATE, Wishes(flags=flags)).driver
    assert made is not None
    assert (made.source, made.branch, made.flavour, made.modules, made.pin) == expected
    assert bool(made.packages) == (made.source != "adopt")
    assert set(made.reasons) == {"source", "branch", "flavour", "modules", "packages", "pin", "reboot"}


@pytest.mark.parametrize(
    ("facts", "tier"),
    [(rig(), INTERMEDIATE), (container(), INTERMEDIATE), (GPU, STARTER), (rig(pci=(RTX_3090,), os=JAMMY), STARTER)],
)
def test_none_is_decided(facts, tier):
    assert build_plan(facts, tier).driver is None


def test_a_reboot_has_its_reason_and_the_answer_to_it():
    nouveau = rig(os=JAMMY, pci=(replace(RTX_3090, driver="nouveau"),))
    asked = build_plan(nouveau, INTERMEDIATE).driver
    agreed = build_plan(nouveau, INTERMEDIATE, consent=Consent(reboot="yes")).driver
    assert asked is not None
    assert agreed is not None
    assert asked.reboot == agreed.reboot == "nouveau holds the GPU, and lets go only at a boot without it"
    assert (asked.reasons["reboot"].endswith("; not agreed to"), agreed.reasons["reboot"].endswith("; agreed to")) == (True, True)


def test_a_blocked_decision_shows_no_value_that_is_not_true():
    old = rig(os=JAMMY, pci=(replace(RTX_3090, device="102d"),))
    plan = build_plan(old, INTERMEDIATE)
    step = next(step for step in plan.steps if step.role == "nvidia_driver")
    assert (step.state, dict(step.values)) == ("skip", {})
    assert "driver-gpu-old" in [blocker.code for blocker in plan.blockers]

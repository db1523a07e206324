"""Which GPUs hold the model."""

import pytest

from rigprov.model.missing import Missing
from rigprov.model.tier import Tier
from rigprov.plan.used import used_gpus
from rigprov.tiers import ADVANCED, INTERMEDIATE
from tests.unit.plan.hosts import driver, rig, unread


def indices(facts, tier: Tier):
    found = used_gpus(facts, tier, tier.benchmarks[0])
    return found.reason if isinstance(found, Missing) else tuple(gpu.index for gpu in found)


@pytest.mark.parametrize(
    ("gpus", "tier", "used"),
    [
        ((24576,), INTERMEDIATE, (0,)),
        ((4096, 24576), INTERMEDIATE, (1,)),  # a small card for the screen comes first on the bus
        ((24576, 24576), INTERMEDIATE, (0,)),
        ((24576, 24576), ADVANCED, (0, 1)),
        ((24576, 4096, 24576), ADVANCED, (0, 2)),
        ((81559,), ADVANCED, (0,)),
        ((2048, 81559), ADVANCED, (1,)),
        ((16380, 16380), ADVANCED, (0,)),
        ((), ADVANCED, ()),
        ((0,), INTERMEDIATE, "the memory of NVIDIA GeForce RTX 3090 is not known"),
    ],
)
def test_used(gpus, tier, used):
    assert indices(rig(nvidia=driver(*gpus)), tier) == used


def test_what_cannot_be_read_is_said():
    assert indices(rig(pci=unread("no /sys")), INTERMEDIATE) == "no /sys"

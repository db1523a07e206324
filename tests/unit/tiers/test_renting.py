"""Which machine is rented for a tier."""

from dataclasses import replace

import pytest

from rigprov.catalog.gpu_names import gpu
from rigprov.catalog.rentals import CLOUDS, rentals
from rigprov.errors import UsageError
from rigprov.tiers import BUILT_IN
from rigprov.tiers.advanced import ADVANCED
from rigprov.tiers.intermediate import INTERMEDIATE
from rigprov.tiers.renting import rented
from rigprov.tiers.starter import STARTER


@pytest.mark.parametrize(
    "rental", rentals(), ids=lambda rental: f"{rental.cloud}-{rental.instance or rental.accelerator}-{rental.count}"
)
def test_every_row_is_of_a_known_cloud_and_gpu_and_has_its_source(rental):
    assert rental.cloud in CLOUDS
    assert rental.source.rpartition(" ")[2][:2] == "20" or rental.source.endswith("SkyPilot 0.14.1")
    assert (rental.count > 0) == bool(rental.gpu) == bool(rental.accelerator)
    if rental.gpu:
        assert gpu(rental.gpu).bandwidth_gb_s


@pytest.mark.parametrize(
    ("tier", "cloud", "found"),
    [
        (STARTER, "aws", "m7i.xlarge"),
        (STARTER, "gcp", "n2-standard-4"),
        (STARTER, "azure", "Standard_D4s_v5"),
        (INTERMEDIATE, "aws", "g6e.4xlarge"),
        (INTERMEDIATE, "gcp", "a2-highgpu-1g"),
        (INTERMEDIATE, "azure", "Standard_NC24ads_A100_v4"),
        (INTERMEDIATE, "runpod", "RTX3090:1"),
        (INTERMEDIATE, "vast", "RTX3090:1"),
        (ADVANCED, "aws", "p5.4xlarge"),
        (ADVANCED, "gcp", "a2-ultragpu-1g"),
        (ADVANCED, "azure", "Standard_NC24ads_A100_v4"),
        (ADVANCED, "runpod", "A100-80GB:1"),
        (ADVANCED, "vast", "RTX4090:2"),
    ],
)
def test_choices(tier, cloud, found):
    rental = rented(tier, cloud).rental
    assert (rental.instance or f"{rental.accelerator}:{rental.count}") == found


@pytest.mark.parametrize("tier", [tier for tier in BUILT_IN if tier.needs.gpus])
def test_what_is_chosen_is_likely_to_reach_the_floor(tier):
    for cloud in CLOUDS:
        found = rented(tier, cloud)
        assert found.expected
        assert found.benchmark
        assert (found.expected.low + found.expected.high) / 2 >= found.benchmark.floors["gpu"]


def test_the_disk_holds_what_the_tier_asks_for_and_the_system():
    assert [rented(tier, "aws").disk_gib for tier in (STARTER, INTERMEDIATE)] == [50, 520]


@pytest.mark.parametrize(
    ("tier", "cloud", "message", "hint"),
    [
        (STARTER, "vast", "no machine of vast is known for tier `starter`: it rents out GPUs only", "aws, azure, gcp"),
        (
            replace(INTERMEDIATE, name="huge", needs=replace(INTERMEDIATE.needs, ram_gib=4000)),
            "aws",
            "no machine of aws is known for tier `huge`: none has what it needs",
            "runpod, vast",
        ),
        (
            replace(INTERMEDIATE, name="many", needs=replace(INTERMEDIATE.needs, gpus=64)),
            "gcp",
            "no machine of gcp is known for tier `many`: none has what it needs",
            "rent a machine by hand",
        ),
    ],
)
def test_where_there_is_none_it_says_who_has_one(tier, cloud, message, hint):
    with pytest.raises(UsageError) as caught:
        rented(tier, cloud)
    assert str(caught.value) == message
    assert hint in str(caught.value.hint)


def test_gpus_that_hold_the_model_and_are_too_slow_are_passed_over():
    """An L4 has the room for a 32B model and a third of the bandwidth for its floor."""
    slow = replace(INTERMEDIATE, benchmarks=(replace(INTERMEDIATE.benchmarks[0], floors={"gpu": 44.0}),))
    assert rented(slow, "aws").rental.instance == "p5.4xlarge"

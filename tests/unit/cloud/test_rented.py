"""From a provider's listing over what the machine answers to its plan; `python -m tests.unit.cloud.rented` renews the plans."""

import pytest

from tests.unit.cloud.rented import ARM64, GOLDEN, MACHINES, facts, listing, plan, planned, tier

# What makes each of them what it is: provider, systemd, whose driver, where models go, what is left out or stands in the way.
SHAPES = {
    "runpod-container": ("runpod", False, "left alone", "/workspace/models", {"docker", "swap"}, set()),
    "vast-container": ("vast", False, "left alone", "/srv/models", {"docker", "swap"}, set()),
    "aws-g5": ("aws", True, "no GPU wanted", "/srv/models", set(), set()),
    "aws-g6": ("aws", True, "aws", "/srv/models", set(), set()),
    "gcp-g2": ("gcp", True, "gcp", "/srv/models", set(), set()),
    "azure-nc4as-t4": ("azure", True, "no GPU wanted", "/srv/models", set(), set()),
    "azure-nc24ads-a100": ("azure", True, "azure", "/srv/models", set(), set()),
    "azure-nv36ads-a10": ("azure", True, "left alone", "/srv/models", set(), {"driver-vgpu"}),
    "arm64-gh200": (None, True, "nvidia-64k", "/srv/models", set(), set()),
    "arm64-graviton-g5g": ("aws", True, "no GPU wanted", "/srv/models", set(), set()),
    "arm64-raspberry-pi-5": (None, True, "no GPU wanted", "/srv/models", set(), set()),
}
machines = pytest.mark.parametrize("name", list(MACHINES))


def test_each_has_a_row_and_a_golden_plan():
    assert list(SHAPES) == list(MACHINES)
    assert {path.stem for path in (GOLDEN / "plans").iterdir()} == set(MACHINES)


@machines
def test_the_plan_is_the_golden_one(name):
    assert planned(name) == (GOLDEN / "plans" / f"{name}.txt").read_text(encoding="utf-8")


@machines
def test_it_is_what_it_was_made_to_be(name):
    provider, systemd, driver, models, skipped, blocked = SHAPES[name]
    made, found = plan(name), facts(name)
    states = {step.role: step.state for step in made.steps}
    values = made.variables()
    assert (found.virtualisation.provider, made.environment.systemd) == (provider, systemd)
    assert {role for role in skipped if states[role] != "skip"} == set()
    assert {blocker.code for blocker in made.blockers} == blocked
    assert values["model_storage_path"] == models
    packages = str(values.get("nvidia_driver_packages"))
    if driver in ("left alone", "no GPU wanted"):
        assert states.get("nvidia_driver", "skip") == "skip"
    else:
        assert f"'linux-modules-nvidia-580-server-open-{driver}'" in packages, "signed modules of the kernel's own flavour"


@machines
def test_listing_and_machine_agree(name):
    """The listing names the provider that the machine's own evidence shows, and the tier that is planned."""
    rented = MACHINES[name]
    if rented.listed is None:
        return
    said = listing(rented.listed[0])[rented.listed[1]]
    assert said["rigprov_provider"] == facts(name).virtualisation.provider == rented.listed[0]
    assert plan(name).tier == said["rigprov_tier"] == tier(name)
    assert "rigprov_not_ready" not in said


@pytest.mark.parametrize("name", sorted(ARM64))
def test_nothing_for_another_processor_comes_to_arm64(name):
    text = planned(name)
    assert facts(name).kernel.machine == "aarch64"
    assert [word for word in ("x86_64", "amd64") if word in text] == []


def test_all_five_providers_are_there():
    assert {rented.listed[0] for rented in MACHINES.values() if rented.listed} == {"runpod", "vast", "aws", "gcp", "azure"}


@pytest.mark.parametrize("name", ["aws-g6", "azure-nc24ads-a100"])
def test_a_disk_that_is_emptied_at_every_stop_is_known_as_such(name):
    assert plan(name).variables()["model_storage_ephemeral"] is True

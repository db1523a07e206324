"""A second plan, when the first one's driver is there and works, wants what the first one wanted: over the decision table."""

from dataclasses import replace

import pytest

from rigprov.ledger.stamp import stamps
from rigprov.model.host import HostFacts, Missing, ModuleFile, Nvidia, NvidiaGpu, Package
from rigprov.plan.build import build_plan
from rigprov.plan.consent import Consent
from rigprov.plan.driver import cards
from rigprov.plan.driver.decide import decide
from rigprov.plan.wishes import Wishes
from rigprov.tiers import INTERMEDIATE
from tests.unit.plan.driver import rows
from tests.unit.plan.hosts import case

ORIGIN = {"ubuntu": "Ubuntu", "nvidia": "NVIDIA", "debian": "Debian"}
SUFFIX = {"ubuntu": "-0ubuntu0.22.04.1", "nvidia": "-1ubuntu1", "debian": "-1~deb12u1"}
CONSENT = {"nvidia_driver_remove_conflicts", "nvidia_driver_conflicts"}  # what has left cannot leave again
LIBRARY = {"ubuntu": "libnvidia-compute-{}", "nvidia": "libnvidia-compute-{}", "debian": "libcuda1"}


def decided(facts, row):
    flags = dict(word.split("=") for word in row["set"].split())
    return decide(case(facts, tier=INTERMEDIATE, flags=flags, remove_conflicts=row["consent"] == "remove"))


def values(made):
    return {name: chosen.value for name, chosen in made.decision.values.items() if name not in CONSENT}


def installed(facts: HostFacts, made, *, record: bool = True, works: bool = True) -> HostFacts:
    """The host after the role has run: its packages, its module in the cards' hands, and its record."""
    want = values(made)
    source, branch = want["nvidia_driver_source"], want["nvidia_driver_branch"]
    version = f"{branch}.95.05"
    names = [*want["nvidia_driver_packages"], LIBRARY[source].format(branch)]
    library = version if works else f"{branch}.96.01"
    packages = tuple(Package(name, f"{library}{SUFFIX[source]}", "ii", False, ORIGIN[source]) for name in dict.fromkeys(names))
    assert not isinstance(facts.pci, Missing)
    silent = Missing("`nvidia-smi` failed (exit status 18): Failed to initialize NVML: Driver/library version mismatch")
    found = cards.find(facts)
    assert not isinstance(found, Missing)
    listed = tuple(
        NvidiaGpu(n, each.name, f"GPU-{n}", int((each.vram_gb or 24) * 1024), False) for n, each in enumerate(found.models)
    )
    return replace(
        facts,
        packages=packages,
        nvidia=Nvidia(version, listed if works else silent, version),
        module_file=ModuleFile(version, want["nvidia_driver_flavour"] == "open", ""),
        modules=("nvidia",),
        pci=tuple(replace(device, driver="nvidia" if device.vendor == "10de" else device.driver) for device in facts.pci),
        driver_record=tuple(names) if record else (),
    )


INSTALLED = [
    row
    for row in rows.rows()
    if not (made := decided(rows.facts(row), row)).decision.blockers
    and made.decision.skip is None
    and made.source in ORIGIN
    and made.decision.values["nvidia_driver_packages"].value
    and "next" not in made.decision.values["nvidia_driver_modules"].reason  # the next kernel brings other values of its own
]


def test_there_are_enough_of_them():
    assert len(INSTALLED) > 60
    assert {decided(rows.facts(row), row).source for row in INSTALLED} == set(ORIGIN)


@pytest.mark.parametrize("row", INSTALLED, ids=[row["name"] for row in INSTALLED])
def test_the_second_plan_wants_what_the_first_wanted(row):
    facts = rows.facts(row)
    first = decided(facts, row)
    second = decided(installed(facts, first), row)
    assert values(second) == values(first)
    assert (second.source, second.branch, second.ready, second.decision.reboot) == (first.source, first.branch, "now", None)
    assert second.decision.blockers == ()


UNTOUCHED = [row for row in INSTALLED if not row["set"] and not row["consent"] and not row["driver"].startswith("half")]


@pytest.mark.parametrize("row", UNTOUCHED, ids=[row["name"] for row in UNTOUCHED])
def test_no_other_role_has_to_run_again_because_the_driver_is_there_now(row):
    facts = rows.facts(row)
    before, after = (
        stamps(build_plan(host, INTERMEDIATE, Wishes(), Consent())) for host in (facts, installed(facts, decided(facts, row)))
    )
    assert after == before


ONE = next(row for row in INSTALLED if row["os"] == "jammy" and not row["set"] and not row["driver"])


def test_the_driver_of_somebody_else_is_adopted():
    facts = rows.facts(ONE)
    second = decided(installed(facts, decided(facts, ONE), record=False), ONE)
    assert second.source == "adopt"
    assert second.decision.values["nvidia_driver_packages"].value == []


def test_one_that_waits_for_a_reboot_keeps_its_values_too():
    facts = rows.facts(ONE)
    first = decided(facts, ONE)
    second = decided(installed(facts, first, works=False), ONE)
    assert (values(second), second.ready) == (values(first), "after")
    assert "they meet again after a reboot" in (second.decision.reboot or "")


def test_what_would_have_to_be_installed_is_no_reason_to_touch_one_that_works():
    facts = rows.facts(ONE)
    first = decided(facts, ONE)
    there, gone = installed(facts, first), first.decision.values["nvidia_driver_packages"].value[-1]
    assert not isinstance(there.packages, Missing)
    fewer = replace(there, packages=tuple(each for each in there.packages if each.name != gone))
    assert decided(fewer, ONE).source == "adopt"


def test_a_record_that_cannot_be_read_is_none():
    facts = rows.facts(ONE)
    damaged = replace(installed(facts, decided(facts, ONE)), driver_record=Missing("`driver-record`: it lists no packages"))
    assert decided(damaged, ONE).source == "adopt"

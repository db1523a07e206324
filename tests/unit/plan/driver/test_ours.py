"""A second plan, when the first one's driver is there and works, wants what the first one wanted: over the decision table."""

import re
from dataclasses import replace

import pytest

from rigprov.ledger.stamp import stamps
from rigprov.model.host import HostFacts, Missing, ModuleFile, Nvidia, NvidiaGpu, Offer, Package
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
SILENT = Missing("`nvidia-smi` failed (exit status 18): Failed to initialize NVML: Driver/library version mismatch")
LIBRARY = {"ubuntu": "libnvidia-compute-{}", "nvidia": "libnvidia-compute-{}", "debian": "libcuda1"}


def decided(facts, row):
    flags = dict(word.split("=") for word in row["set"].split())
    return decide(case(facts, tier=INTERMEDIATE, flags=flags, remove_conflicts=row["consent"] == "remove"))


def values(made):
    return {name: chosen.value for name, chosen in made.decision.values.items() if name not in CONSENT}


def installed(facts: HostFacts, made, *, recorded: bool = True, works: bool = True) -> HostFacts:
    """The host after the role has run: its packages, its module in the cards' hands, and its record."""
    want = values(made)
    source, branch = want["nvidia_driver_source"], want["nvidia_driver_branch"]
    version = f"{branch}.95.05"
    record = dict.fromkeys(want["nvidia_driver_packages"], True) | {LIBRARY[source].format(branch): False}
    if want["nvidia_driver_modules"] == "prebuilt" and not want["nvidia_driver_kernels"]:
        facts, brought = booted(facts, next(name for name in record if name.startswith("linux-modules-nvidia-")), made)
        record[brought] = False
        offers = () if isinstance(facts.offers, Missing) else facts.offers
        facts = replace(facts, offers=(*offers, *(Offer(name, f"{version}{SUFFIX[source]}", "Ubuntu") for name in record)))
    library = version if works else f"{branch}.96.01"
    packages = tuple(Package(name, f"{library}{SUFFIX[source]}", "ii", False, ORIGIN[source]) for name in record)
    found = cards.find(facts)
    assert not isinstance(facts.pci, Missing)
    assert not isinstance(found, Missing)
    sizes = [int((each.vram_gb or 24) * 1024) for each in found.models]
    listed = tuple(NvidiaGpu(number, "a GPU", f"GPU-{number}", mib, False) for number, mib in enumerate(sizes))
    return replace(
        facts,
        packages=packages,
        nvidia=Nvidia(version, listed if works else SILENT, version),
        module_file=ModuleFile(version, want["nvidia_driver_flavour"] == "open", ""),
        modules=("nvidia",),
        pci=tuple(replace(device, driver="nvidia" if device.vendor == "10de" else device.driver) for device in facts.pci),
        driver_record=record if recorded else {},
    )


def booted(facts: HostFacts, series: str, made) -> tuple[HostFacts, str]:
    """The host under the kernel whose modules the series brought, and their package, which nobody named."""
    release = facts.kernel.release
    if "newest kernel" in (made.decision.reboot or ""):
        release = release.replace("-", "-9", 1)
    found = re.match(r"linux-modules-nvidia-\d+(-server)?(-open)?", series)
    assert found
    return replace(facts, kernel=replace(facts.kernel, release=release)), f"{found[0]}-{release}"


INSTALLED = [
    row
    for row in rows.rows()
    if not (made := decided(rows.facts(row), row)).decision.blockers
    and made.decision.skip is None
    and made.source in ORIGIN
    and made.decision.values["nvidia_driver_packages"].value
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
    second = decided(installed(facts, decided(facts, ONE), recorded=False), ONE)
    assert second.source == "adopt"
    assert second.decision.values["nvidia_driver_packages"].value == []


def test_to_adopt_it_is_the_user_s_word():
    facts = rows.facts(ONE)
    second = decided(installed(facts, decided(facts, ONE)), ONE | {"set": "nvidia_driver_source=adopt"})
    assert (second.source, second.decision.values["nvidia_driver_source"].value) == ("adopt", "adopt")


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


def test_the_boot_into_the_newest_kernel_changes_no_value():
    """A cloud's image is some weeks old: the archive has modules for the newest kernel, and none for the one that runs."""
    row = ONE | {"gpus": "2204", "os": "noble", "place": "vm", "kernel": "6.8.0-52-generic", "apt": "580 595"}
    facts = rows.facts(row)
    assert not isinstance(facts.offers, Missing)
    facts = replace(facts, offers=tuple(each for each in facts.offers if not each.name.endswith(facts.kernel.release)))
    first = decided(facts, row)
    assert "newest kernel" in (first.decision.reboot or "")
    after = installed(facts, first)
    assert after.kernel.release != facts.kernel.release
    second = decided(after, row)
    assert (values(second), second.ready, second.decision.reboot) == (values(first), "now", None)

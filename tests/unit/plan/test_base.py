"""Packages on hosts with and without a way out."""

import pytest

from rigprov.catalog.roles import options
from rigprov.catalog.sources import SOURCE_NAMES
from rigprov.model.host import Missing, Package
from rigprov.plan import base
from rigprov.tiers import INTERMEDIATE
from tests.unit.plan.hosts import case, rig

NONE = dict.fromkeys(SOURCE_NAMES, False)


@pytest.mark.parametrize(
    ("reachable", "cut_off"),
    [
        (NONE, True),
        (NONE | {"github": True}, False),
        # a host that was not asked, or could not ask, is not one without a network
        (NONE | {"python_index": Missing("its address is not known")}, False),
        ({}, False),
    ],
)
def test_cut_off(reachable, cut_off):
    made = base.decide(case(rig(reachable=reachable)))
    packages = made.values.get("base_packages")
    assert (packages is not None and packages.value == [], len(made.warnings)) == (cut_off, int(cut_off))


def test_f11_a_driver_that_dpkg_could_not_configure_is_left_to_its_role():
    half = Package("nvidia-dkms-580", "580.95.05-0ubuntu0.22.04.1", "iF", False, "Ubuntu")
    whole = Package("libnvidia-compute-580", "580.95.05-0ubuntu0.22.04.1", "ii", False, "Ubuntu")
    made = base.decide(case(rig(packages=(half, whole)), tier=INTERMEDIATE))
    assert made.values["base_left_to_others"].value == ["nvidia-dkms-580"]
    assert base.decide(case(rig(packages=(half, whole)))).values == {}


@pytest.mark.parametrize(("status", "kept"), [("ii", True), ("hi", True), ("iF", False)])
def test_a_network_that_goes_does_not_change_what_is_wanted_where_all_is_there(status, kept):
    """Else each run in which no source answers in time would run the role again."""
    wanted = options("base")["base_packages"].default
    assert isinstance(wanted, list)
    there = [Package(name, "1", status, False, "Debian") for name in wanted]
    made = base.decide(case(rig(reachable=NONE, packages=tuple(there))))
    assert ("base_packages" not in made.values, len(made.warnings)) == (kept, 1)
    fewer = base.decide(case(rig(reachable=NONE, packages=tuple(there[1:]))))
    assert fewer.values["base_packages"].value == []

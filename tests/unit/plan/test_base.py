"""Packages on hosts with and without a way out."""

import pytest

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

"""Kernels as machines really call them: which modules, headers and holds follow from one."""

from dataclasses import replace

import pytest

from rigprov.model.host import InstalledKernel, Kernel, Offer, Package
from rigprov.plan.driver import kernel
from rigprov.plan.driver.decide import decide
from rigprov.tiers import INTERMEDIATE
from tests.unit.plan.driver import rows
from tests.unit.plan.hosts import case

ROW = dict.fromkeys(("driver", "apt", "set", "consent"), "") | {"gpus": "2204", "place": "vm", "secure_boot": "off"}
AWS = ("linux-aws", "linux-image-aws", "linux-headers-aws", "linux-aws-headers-6.8.0-1029", "linux-headers-6.8.0-1029-aws")


def host(os, release, packages=(), offers=(), **changes):
    facts = rows.facts({**ROW, "os": os, "kernel": release})
    here = tuple(Package(name, "1", "ii", False, None) for name in packages)
    drivers = rows.facts({**ROW, "os": os, "kernel": release, "apt": "580"}).offers if offers else facts.offers
    if isinstance(drivers, tuple):
        drivers = (*drivers, *(Offer(name, "1", "Ubuntu") for name in offers))
    return replace(facts, packages=here, offers=drivers, **changes)


def decided(facts):
    return decide(case(facts, tier=INTERMEDIATE)).decision


def value(facts, name):
    return decided(facts).values[f"nvidia_driver_{name}"].value


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("6.8.0-52-generic", "generic"),
        ("6.8.0-52-generic-64k", "generic-64k"),
        ("6.8.0-1013-nvidia-64k", "nvidia-64k"),
        ("6.8.0-1020-azure-fde", "azure-fde"),
        ("6.1.0-28-amd64", "amd64"),
        ("6.1.0-28-cloud-amd64", "cloud-amd64"),
        ("6.1.0-0.deb11.13-amd64", "amd64"),
        ("6.12.48+deb13-cloud-amd64", "cloud-amd64"),
        ("6.12.5-1-liquorix-amd64", "liquorix-amd64"),
        ("6.8.12-11-pve", "pve"),
        ("6.12.1", ""),
    ],
)
def test_what_follows_the_build(release, expected):
    assert kernel.suffix(release) == expected


@pytest.mark.parametrize(
    ("os", "release", "packages", "expected"),
    [
        ("noble", "6.8.0-1029-aws", AWS, "aws"),
        ("jammy", "6.8.0-1029-aws", ("linux-aws-6.8-headers-6.8.0-1029", "linux-image-aws"), "aws"),
        ("jammy", "5.15.0-1080-azure", ("linux-image-azure-lts-22.04",), "azure-lts-22.04"),
        ("noble", "6.8.0-90-generic", ("linux-image-virtual",), "generic"),
        ("noble", "6.14.0-33-generic", ("linux-image-generic-hwe-24.04",), "generic-hwe-24.04"),
        ("noble", "6.14.0-33-generic", (), "generic-hwe-24.04"),
        ("noble", "6.8.0-90-generic", (), "generic"),
        ("jammy", "6.8.0-90-lowlatency", (), "lowlatency-hwe-22.04"),
        ("noble", "6.8.0-1025-nvidia-64k", ("linux-image-nvidia-64k",), "nvidia-64k"),
        ("noble", "6.8.0-1029-aws", ("linux-image-aws-6.8",), "aws"),
        ("resolute", "7.0.0-14-generic", (), "generic"),
    ],
)
def test_the_series_that_is_followed(os, release, packages, expected):
    assert kernel.meta(host(os, release, packages)) == expected


def test_headers_of_one_kernel_are_no_metapackage():
    facts = host("noble", "6.8.0-1029-aws", AWS)
    assert value(facts, "packages")[-1] == "linux-modules-nvidia-580-server-open-aws"
    assert not [name for name in value(facts, "hold") if "6.8.0-1029" in name]


@pytest.mark.parametrize(
    ("os", "release", "expected"),
    [
        ("bookworm", "6.1.0-28-amd64", ["linux-headers-6.1.0-28-amd64", "linux-headers-amd64"]),
        ("bookworm", "6.1.0-28-cloud-amd64", ["linux-headers-6.1.0-28-cloud-amd64", "linux-headers-cloud-amd64"]),
        ("trixie", "6.12.48+deb13-amd64", ["linux-headers-6.12.48+deb13-amd64", "linux-headers-amd64"]),
        ("bookworm", "6.12.5-1-liquorix-amd64", ["linux-headers-6.12.5-1-liquorix-amd64"]),
        ("bookworm", "6.8.12-11-pve", ["proxmox-headers-6.8.12-11-pve"]),
    ],
)
@pytest.mark.parametrize("card", ["2204", "2b85"])  # from Debian, and from NVIDIA's repository
def test_debians_headers_by_their_own_names(os, release, expected, card):
    facts = host(os, release, pci=rows.facts({**ROW, "gpus": card, "os": os, "kernel": release}).pci)
    assert value(facts, "build_packages")[3:] == expected


def test_headers_that_lie_there_by_hand_are_not_asked_for():
    facts = host("bookworm", "6.12.1-own", kernels=(InstalledKernel("6.12.1-own", image=True, headers=True),))
    assert value(facts, "build_packages")[3:] == []


@pytest.mark.parametrize(
    ("os", "release"), [("noble", "6.16.3-76061603-generic"), ("noble", "6.9.3-060903-generic"), ("noble", "6.12.1-own")]
)
def test_other_peoples_kernels_have_no_signed_modules(os, release):
    assert value(host(os, release), "modules") == "dkms"


@pytest.mark.parametrize(
    ("os", "release", "offers"),
    [
        ("bookworm", "6.1.0-18-cloud-amd64", ("linux-headers-cloud-amd64", "linux-image-cloud-amd64")),
        ("noble", "6.9.3-060903-generic", ("linux-headers-generic", "linux-image-generic")),
        ("trixie", "6.12.48+deb13-cloud-amd64", ("linux-headers-cloud-amd64", "linux-image-cloud-amd64")),
    ],
)
def test_f11_headers_that_no_archive_has_any_more(os, release, offers):
    facts = host(os, release, offers=offers)
    (blocker,) = decided(facts).blockers
    assert blocker.code == "driver-headers"
    assert f"apt-get install {offers[1]} {offers[0]}" in blocker.fix
    assert decided(replace(facts, kernels=(InstalledKernel(release, image=True, headers=True),))).blockers == ()
    assert decided(replace(facts, packages=(Package(f"linux-headers-{release}", "1", "ii", False, None),))).blockers == ()


def test_headers_of_debian_13_whose_names_hold_a_plus():
    release = "6.12.48+deb13-cloud-amd64"
    facts = host("trixie", release, offers=("linux-headers-cloud-amd64", f"linux-headers-{release}"))
    assert decided(facts).blockers == ()


def test_the_next_kernel_is_of_the_same_flavour():
    facts = host("bookworm", "6.1.0-28-amd64", ("linux-image-6.1.0-40-cloud-amd64", "linux-image-6.1.0-37-amd64"))
    assert kernel.newest(facts) == "6.1.0-37-amd64"
    assert kernel.newest(replace(facts, kernel=Kernel("6.1.0-28-cloud-amd64", "cloud", "x86_64", ""))) == "6.1.0-40-cloud-amd64"


@pytest.mark.parametrize(("offered", "expected"), [("gcc-12", "gcc-12"), ("gcc-11", "gcc"), ("make", "gcc-12")])
def test_the_kernels_compiler_as_far_as_the_release_has_it(offered, expected):
    facts = host("noble", "6.12.1-own", offers=(offered,))  # built with gcc 12
    assert value(facts, "build_packages")[1] == expected
    assert ("release's own" in decided(facts).values["nvidia_driver_build_packages"].reason) == (expected == "gcc")
    here = replace(facts, packages=(Package("gcc-12", "1", "ii", False, None),))
    assert value(here, "build_packages")[1] == "gcc-12"

"""Which kind of machine the evidence speaks for."""

from dataclasses import replace
from typing import Any

import pytest

from rigprov.facts.parse import machine
from rigprov.facts.parse.fields import ParseError
from rigprov.facts.parse.machine import Evidence, virtualisation
from rigprov.model.host import Missing, Virtualisation

NONE = Missing("no such file")
PLAIN = Evidence(
    release="6.8.0-45-generic",
    init="systemd",
    marks="/run/systemd/system",
    detected="container=none\nvm=none",
    container_kind=NONE,
    environment="",
    capabilities="CapEff:\t0\nCapBnd:\t000001ffffffffff\n",
    dmi="sys_vendor=Example",
    hypervisor=NONE,
    cloud_init=NONE,
)


def test_bare_metal() -> None:
    expected = Virtualisation(None, None, wsl=False, init="systemd", systemd_running=True, provider=None, can_admin=True)
    assert virtualisation(PLAIN) == expected


@pytest.mark.parametrize(
    ("evidence", "container"),
    [
        ({"detected": "container=lxc\nvm=none"}, "lxc"),
        ({"detected": NONE, "marks": "/.dockerenv"}, "docker"),
        ({"detected": NONE, "marks": "/run/.containerenv"}, "podman"),
        ({"detected": NONE, "container_kind": "systemd-nspawn\n"}, "systemd-nspawn"),
        ({"detected": NONE, "marks": "", "environment": "RUNPOD_POD_ID"}, "docker"),
        ({"detected": NONE, "marks": "", "environment": "KUBERNETES_SERVICE_HOST"}, "kubernetes"),
        ({"detected": NONE, "marks": "", "environment": "container"}, "other"),
        ({"detected": NONE, "environment": "VAST_CONTAINERLABEL"}, None),  # a virtual machine of Vast, with systemd
        ({"detected": NONE, "marks": "", "environment": NONE}, None),
        ({"detected": "container=wsl\nvm=microsoft"}, None),  # WSL2 is a virtual machine
    ],
)
def test_container(evidence: dict[str, Any], container: str | None) -> None:
    assert virtualisation(replace(PLAIN, **evidence)).container == container


@pytest.mark.parametrize(
    ("evidence", "hypervisor"),
    [
        ({"detected": "container=none\nvm=kvm"}, "kvm"),
        ({"detected": NONE, "dmi": "sys_vendor=QEMU"}, "kvm"),
        ({"detected": NONE, "dmi": "sys_vendor=Microsoft Corporation\nproduct_name=Virtual Machine"}, "microsoft"),
        ({"detected": NONE, "dmi": "sys_vendor=Microsoft Corporation\nproduct_name=Surface"}, None),
        ({"detected": NONE, "hypervisor": "xen\nec2a1b2c"}, "xen"),
    ],
)
def test_hypervisor(evidence: dict[str, Any], hypervisor: str | None) -> None:
    assert virtualisation(replace(PLAIN, **evidence)).hypervisor == hypervisor


@pytest.mark.parametrize(
    ("evidence", "provider"),
    [
        ({"dmi": "sys_vendor=Amazon EC2\nproduct_name=g5.xlarge"}, "aws"),
        ({"dmi": "bios_vendor=Amazon EC2\nproduct_uuid_start=EC2A1B2C"}, "aws"),
        ({"dmi": "product_version=4.2.amazon\nproduct_uuid_start=45E12AEC"}, "aws"),  # byte-swapped
        ({"dmi": "sys_vendor=Example\nproduct_uuid_start=45E12AEC"}, None),  # the same by chance
        ({"hypervisor": "xen\nec2a1b2c", "dmi": NONE}, "aws"),
        ({"dmi": "product_name=Google Compute Engine"}, "gcp"),
        ({"dmi": "product_serial_start=GoogleCloud-"}, "gcp"),
        ({"dmi": "sys_vendor=Microsoft Corporation\nchassis_asset_tag=7783-7084-3265-9085-8269-3286-77"}, "azure"),
        ({"dmi": "sys_vendor=Microsoft Corporation\nproduct_name=Virtual Machine"}, None),  # any Hyper-V
        ({"dmi": "chassis_asset_tag=OracleCloud.com"}, "oracle"),
        ({"dmi": "sys_vendor=Hetzner"}, "hetzner"),
        ({"environment": "RUNPOD_POD_ID", "dmi": "sys_vendor=Amazon EC2"}, "runpod"),  # the machine below shows through
        ({"marks": "/root/.vast_containerlabel"}, "vast"),
        ({"cloud_init": "==> enabled\n==> cloud-id\ngce\n"}, "gcp"),
        ({"cloud_init": "==> cloud-id\nazure-china\n"}, "azure"),
        ({"cloud_init": "==> cloud-id\nnocloud\n"}, None),
        ({"cloud_init": "==> cloud-id"}, None),
    ],
)
def test_provider(evidence: dict[str, Any], provider: str | None) -> None:
    assert virtualisation(replace(PLAIN, **evidence)).provider == provider


@pytest.mark.parametrize(
    ("evidence", "wsl"),
    [
        ({"release": "5.15.167.4-microsoft-standard-WSL2"}, True),
        ({"marks": "/proc/sys/fs/binfmt_misc/WSLInterop"}, True),  # a user's own kernel
        ({"detected": "container=wsl\nvm=microsoft"}, True),
        ({"detected": "container=none\nvm=microsoft"}, False),
    ],
)
def test_wsl(evidence: dict[str, str], wsl: bool) -> None:
    assert virtualisation(replace(PLAIN, **evidence)).wsl is wsl


@pytest.mark.parametrize(
    ("init", "marks", "running"),
    [
        ("systemd", "/run/systemd/system", True),
        ("systemd", "", False),
        ("bash", "/run/systemd/system", False),
        ("init", "", False),
    ],
)
def test_systemd_counts_when_it_runs_the_machine(init: str, marks: str, running: bool) -> None:
    assert virtualisation(replace(PLAIN, init=init, marks=marks)).systemd_running is running


@pytest.mark.parametrize(
    ("capabilities", "can"),
    [("CapBnd:\t00000000a80425fb", False), ("CapBnd:\t0000000000200000", True), (Missing("denied"), False)],
)
def test_can_admin(capabilities: str | Missing, can: bool) -> None:
    assert virtualisation(replace(PLAIN, capabilities=capabilities)).can_admin is can


@pytest.mark.parametrize("evidence", [{"init": "\n"}, {"capabilities": "CapEff: 0"}])
def test_evidence_that_makes_no_sense(evidence: dict[str, str]) -> None:
    with pytest.raises(ParseError):
        virtualisation(replace(PLAIN, **evidence))


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("==> disabled", "disabled"),
        ("==> enabled\n==> status.json\n{}", "running"),
        ('==> result.json\n{"v1": {"errors": [ ]}}', "done"),
        ('==> result.json\n{"v1": {"errors": ["boom"]}}', "error"),
    ],
)
def test_cloud_init(text: str, state: str) -> None:
    assert machine.cloud_init(text) == state

"""Kernels, DKMS, the module's file."""

import pytest

from rigprov.facts.parse import driver
from rigprov.facts.parse.fields import ParseError
from rigprov.model.host import DkmsBuild, InstalledKernel, ModuleFile

KERNELS = """==> 6.5.0-41-generic image=no headers=no
==> 6.8.0-52-generic image=yes headers=yes
/lib/modules/6.8.0-52-generic/updates/dkms/nvidia.ko.zst
/lib/modules/6.8.0-52-generic/kernel/nvidia-580-open/nvidia.ko
"""


def test_kernels() -> None:
    assert driver.kernels(KERNELS) == (
        InstalledKernel("6.5.0-41-generic", image=False, headers=False),
        InstalledKernel(
            "6.8.0-52-generic",
            image=True,
            headers=True,
            modules=("updates/dkms/nvidia.ko.zst", "kernel/nvidia-580-open/nvidia.ko"),
        ),
    )
    assert driver.kernels("") == ()


def test_what_is_no_kernel() -> None:
    with pytest.raises(ParseError):
        driver.kernels("find: something")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("nvidia/580.95.05: added", (DkmsBuild("nvidia", "580.95.05", "", "added"),)),
        (
            "nvidia/580.95.05, 6.8.0-52-generic, x86_64: installed",
            (DkmsBuild("nvidia", "580.95.05", "6.8.0-52-generic", "installed"),),
        ),
        (
            "nvidia-current, 535.309.01, 6.1.0-56-cloud-amd64, x86_64: built",
            (DkmsBuild("nvidia-current", "535.309.01", "6.1.0-56-cloud-amd64", "built"),),
        ),
        (
            "nvidia/580.95.05, 6.8.0-52-generic, x86_64: installed (WARNING! Diff between built and installed module!)",
            (DkmsBuild("nvidia", "580.95.05", "6.8.0-52-generic", "broken"),),
        ),
        ("nvidia/580.95.05: broken", (DkmsBuild("nvidia", "580.95.05", "", "broken"),)),
        (
            "Deprecated feature: REMAKE_INITRD (/var/lib/dkms/nvidia/580.95.05/source/dkms.conf)\nv4l2loopback/0.12.7: added",
            (DkmsBuild("v4l2loopback", "0.12.7", "", "added"),),
        ),
    ],
)
def test_dkms(text: str, expected: tuple[DkmsBuild, ...]) -> None:
    assert driver.dkms(text) == expected


@pytest.mark.parametrize(
    ("license_", "signer", "expected"),
    [
        (
            "Dual MIT/GPL",
            "Canonical Ltd. Kernel Module Signing",
            ModuleFile("580.95.05", True, "Canonical Ltd. Kernel Module Signing"),
        ),
        ("NVIDIA", "", ModuleFile("580.95.05", False, "")),
    ],
)
def test_module_file(license_: str, signer: str, expected: ModuleFile) -> None:
    text = f"filename:   /lib/modules/x/nvidia.ko\nversion:    580.95.05\nlicense:    {license_}\nsigner:     {signer}"
    assert driver.module_file(text) == expected


def test_a_module_without_a_version() -> None:
    with pytest.raises(ParseError):
        driver.module_file("license: NVIDIA")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Standard_NV36ads_A10_v5\n", "Standard_NV36ads_A10_v5"),
        ("projects/1/machineTypes/g2-standard-4", "g2-standard-4"),
        ("", None),
    ],
)
def test_instance_type(text: str, expected: str | None) -> None:
    assert driver.instance_type(text) == expected


def test_virtualisation() -> None:
    text = "        Virtualization Mode               : VGPU\n        Virtualization Mode               : Pass-Through"
    assert driver.virtualisation(text) == ("VGPU", "Pass-Through")


def test_what_an_earlier_run_installed() -> None:
    text = '{"packages": {"nvidia-smi": {"brought": false, "build": false}, "libcuda1": {"brought": true}}, "holds": []}'
    assert driver.record(text) == {"libcuda1": False, "nvidia-smi": True}
    assert driver.record('{"packages": {}}') == {}


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"packages": ["a"]}'])
def test_a_record_that_makes_no_sense(text: str) -> None:
    with pytest.raises(ParseError):
        driver.record(text)

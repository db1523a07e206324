"""PCI devices, driver, Secure Boot."""

import pytest

from rigprov.facts.parse import gpu
from rigprov.facts.parse.fields import ParseError
from rigprov.model.host import Missing, Nvidia, NvidiaGpu, PciDevice


def test_pci() -> None:
    text = "0000:0B:00.0 0x10DE 0x2204 0x030000 0x1043 0x87af nouveau\n0000:00:00.0 0x1022 0x1480 0x060000 0x0000 0x0000 -\n"
    assert gpu.pci(text) == (
        PciDevice("0000:0b:00.0", "10de", "2204", "0300", "1043", "87af", "nouveau"),
        PciDevice("0000:00:00.0", "1022", "1480", "0600", "0000", "0000", None),
    )


def test_no_pci_device_is_an_answer() -> None:
    assert gpu.pci("") == ()


@pytest.mark.parametrize("text", ["0000:00:00.0 0x1022", "0000:00:00.0 1022 1480 0600 0 0 -"])
def test_pci_that_makes_no_sense(text: str) -> None:
    with pytest.raises(ParseError, match="not a PCI device"):
        gpu.pci(text)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        (
            "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12 19:39:15 UTC 2024\nGCC version: 12.3.0",
            "535.183.01",
        ),
        ("NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build  (a@b)", "580.95.05"),
        ("NVRM version: NVIDIA UNIX Open Kernel Module for aarch64  575.51.02  Release Build", "575.51.02"),
    ],
)
def test_module_version(text: str, version: str) -> None:
    assert gpu.module_version(text) == version


def test_module_version_that_makes_no_sense() -> None:
    with pytest.raises(ParseError):
        gpu.module_version("NVRM version: none")


@pytest.mark.parametrize(
    ("smi", "gpus", "driver"),
    [
        (
            "0, NVIDIA GeForce RTX 3090, GPU-a, 24576, [N/A], 580.95.05\n",
            (NvidiaGpu(0, "NVIDIA GeForce RTX 3090", "GPU-a", 24576, mig=False),),
            "580.95.05",
        ),
        (
            "0, NVIDIA H100 80GB HBM3, GPU-b, 81559, Enabled, 570.86.15\n",
            (NvidiaGpu(0, "NVIDIA H100 80GB HBM3", "GPU-b", 81559, mig=True),),
            "570.86.15",
        ),
        ("No devices were found\n", (), None),
        ("", (), None),
        (
            "0, NVIDIA GB10, GPU-c, [N/A], [N/A], 580.95.05\n",
            Missing("the driver tells no memory size for NVIDIA GB10"),
            "580.95.05",
        ),
        (Missing("no answer"), Missing("no answer"), None),
    ],
)
def test_nvidia(smi: str | Missing, gpus: object, driver: str | None) -> None:
    assert gpu.nvidia("580.95.05", smi) == Nvidia("580.95.05", gpus, driver)  # type: ignore[arg-type]  # the table's mixed types


@pytest.mark.parametrize("text", ["GPU 0: something", "x, a, b, 1, c, 1.2"])
def test_nvidia_that_makes_no_sense(text: str) -> None:
    with pytest.raises(ParseError):
        gpu.nvidia(None, text)


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("   6   0   0   0   1\n", True),
        ("   6   0   0   0   0\n", False),
        ("SecureBoot enabled\n", True),
        ("SecureBoot disabled\nPlatform is in Setup Mode\n", False),
        ("no-efi\n", False),
    ],
)
def test_secure_boot(text: str, on: bool) -> None:
    assert gpu.secure_boot(text) is on


@pytest.mark.parametrize("text", ["", "6 0 0", "EFI variables are not supported"])
def test_secure_boot_that_makes_no_sense(text: str) -> None:
    with pytest.raises(ParseError, match="not a state of Secure Boot"):
        gpu.secure_boot(text)

"""Against the figures that the standards and the kernel's own messages give."""

import pytest

from rigprov.catalog.disk_links import cloud_volume, made_up, pcie, pcie_gb_s, sata_gb_s, usb_gb_s
from rigprov.model.disk import Pcie


@pytest.mark.parametrize(
    ("speed", "lanes", "gb_s"),
    [
        ("2.5 GT/s PCIe", "1", 0.25),
        ("5.0 GT/s PCIe", "4", 2.0),
        ("8.0 GT/s PCIe", "2", 1.969),
        ("8.0 GT/s PCIe", "4", 3.938),
        ("16.0 GT/s PCIe", "4", 7.877),
        ("16 GT/s", "4", 7.877),  # kernels before 5.7
        ("32.0 GT/s PCIe", "4", 15.754),
        ("64.0 GT/s PCIe", "4", 29.5),
    ],
)
def test_pcie(speed: str, lanes: str, gb_s: float) -> None:
    link = pcie(speed, lanes)
    assert link is not None
    assert pcie_gb_s(link) == pytest.approx(gb_s, abs=0.001)


@pytest.mark.parametrize(("speed", "lanes"), [("Unknown", "0"), ("Unknown speed", "255"), ("", ""), ("8.0 GT/s PCIe", "0")])
def test_a_link_that_the_kernel_does_not_know(speed: str, lanes: str) -> None:
    assert pcie(speed, lanes) is None


def test_a_link_in_words() -> None:
    assert str(Pcie(4, 2)) == "PCIe 4.0 x2"


@pytest.mark.parametrize(
    ("speed", "gb_s"), [("6.0 Gbps", 0.6), ("3.0 Gbps", 0.3), ("1.5 Gbps", 0.15), ("<unknown>", None), ("", None)]
)
def test_sata(speed: str, gb_s: float | None) -> None:
    assert sata_gb_s(speed) == (None if gb_s is None else pytest.approx(gb_s))


@pytest.mark.parametrize(
    ("mbit", "gb_s"), [("480", 0.06), ("5000", 0.5), ("10000", 1.2121), ("20000", 2.4242), ("1.5", 0.0001875), ("", None)]
)
def test_usb(mbit: str, gb_s: float | None) -> None:
    assert usb_gb_s(mbit) == (None if gb_s is None else pytest.approx(gb_s, abs=1e-4))


@pytest.mark.parametrize(
    ("model", "cloud", "virtual"),
    [
        ("Amazon Elastic Block Store", True, False),
        ("Amazon EC2 NVMe Instance Storage", False, False),
        ("nvme_card-pd", True, False),
        ("nvme_card0", False, False),
        ("Google PersistentDisk", True, False),
        ("MSFT NVMe Accelerator v1.0", True, False),
        ("Microsoft NVMe Direct Disk v2", False, False),
        ("QEMU NVMe Ctrl", False, True),
        ("ATA QEMU HARDDISK", False, True),
        ("VMware Virtual disk", False, True),
        ("Msft Virtual Disk", False, True),
        ("Samsung SSD 990 PRO 2TB", False, False),
    ],
)
def test_disks_that_are_not_what_they_look_like(model: str, cloud: bool, virtual: bool) -> None:
    assert (cloud_volume(model), made_up(model)) == (cloud, virtual)

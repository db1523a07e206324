"""What the host saw becomes disks, links and shares."""

import json
from dataclasses import replace
from typing import Any

import pytest

from rigprov.model.disk import Disk, DiskLink, Pcie
from rigprov.verify.causes.situation import situation
from rigprov.verify.causes.table import warnings
from rigprov.verify.disk import read
from tests.meta.checkout import ROOT
from tests.unit.verify.cases import BENCHMARK, evidence
from tests.unit.verify.disk_cases import nvme, port, sata, seen, usb, virtual

GEN4 = Pcie(4, 4)
NVME = Disk("nvme0n1", "NVMe", "Samsung SSD 990 PRO 2TB", spins=False)
HARD = Disk("sda", "SATA", "ATA ST4000DM004-2CV1", spins=True, rpm=5425)
SIX = DiskLink("SATA 6 Gbit/s", 0.6)
UNKNOWN = {"current_link_speed": "Unknown", "current_link_width": "0", "max_link_speed": "Unknown", "max_link_width": "255"}


@pytest.mark.parametrize(
    ("disk", "expected"),
    [
        (nvme(), replace(NVME, link=DiskLink("PCIe 4.0 x4", 7.877, GEN4, GEN4, GEN4))),
        (
            nvme(port("8.0", 2, "16.0", 4), port("8.0", 2, "8.0", 2)),
            replace(NVME, link=DiskLink("PCIe 3.0 x2", 1.969, Pcie(3, 2), GEN4, Pcie(3, 2))),
        ),
        (  # behind a switch whose own link is the narrowest
            nvme(port("16.0", 4, "16.0", 4), port("16.0", 4, "16.0", 4), port("8.0", 1, "16.0", 4), port("8.0", 1, "8.0", 1)),
            replace(NVME, link=DiskLink("PCIe 3.0 x1", 0.985, GEN4, GEN4, GEN4)),
        ),
        (nvme(pci=[UNKNOWN]), NVME),
        (nvme(transport="tcp", pci=[]), replace(NVME, kind="network")),
        (nvme(model="Amazon Elastic Block Store"), replace(NVME, kind="cloud volume", model="Amazon Elastic Block Store")),
        (nvme(model="QEMU NVMe Ctrl"), replace(NVME, kind="virtual", model="QEMU NVMe Ctrl")),  # its link means nothing
        (sata(), replace(HARD, link=SIX)),
        (sata(rpm=1, rotational="0"), replace(HARD, spins=False, rpm=None, link=SIX)),
        (sata(rpm=0, sata={"sata_spd": "1.5 Gbps"}), replace(HARD, rpm=None, link=DiskLink("SATA 1.5 Gbit/s", 0.15))),
        (sata(sata={"sata_spd": "<unknown>"}), HARD),
        (sata(sata={}, model="QEMU QEMU HARDDISK"), replace(HARD, kind="virtual", model="QEMU QEMU HARDDISK")),
        (sata(model="QEMU HARDDISK", rpm=0), replace(HARD, kind="virtual", model="QEMU HARDDISK", spins=None, rpm=None)),
        (sata(sata={}), replace(HARD, kind="SCSI")),
        (usb(), Disk("sdb", "USB", "JMicron Tech", spins=True, link=DiskLink("USB 5 Gbit/s", 0.5))),
        (usb("480"), Disk("sdb", "USB", "JMicron Tech", spins=True, link=DiskLink("USB 0.48 Gbit/s", 0.06))),
        (virtual(), Disk("vda", "virtual")),
        (virtual(rotational="0"), Disk("vda", "virtual", spins=False)),
        (virtual(name="mmcblk0", path="/sys/x", model="SD64G"), Disk("mmcblk0", "SD card", "SD64G", spins=False)),
    ],
)
def test_disks(disk: dict[str, Any], expected: Disk) -> None:
    found = read(seen(0.1, disk))
    assert found is not None
    assert found.disks == (expected,)


RAID = [{"name": "md0", "kind": "raid0", "members": 2}]
MIRROR = [{"name": "md0", "kind": "raid1", "members": 2}]
NARROW = nvme(port("8.0", 4, "16.0", 4), name="nvme1n1")


@pytest.mark.parametrize(
    ("gb_s", "disks", "layers", "link", "share"),
    [
        (3.0, [nvme()], [], 7.877, 0.3809),
        (6.0, [nvme(), NARROW], RAID, 11.815, 0.5078),
        (3.0, [nvme(), NARROW], MIRROR, 3.938, 0.7618),
        (9.0, [nvme()], [], None, None),  # more than can pass
        (None, [nvme()], [], 7.877, None),
        (1.0, [nvme(), virtual()], RAID, None, None),
        (1.0, [], [], None, None),
    ],
)
def test_against_the_link(
    gb_s: float | None, disks: list[Any], layers: list[Any], link: float | None, share: float | None
) -> None:
    found = read(seen(gb_s, *disks, layers=layers))
    assert found is not None
    assert (found.link_gb_s, found.link_share) == (link, share)


def test_the_rest() -> None:
    layers = [{"name": "dm-1", "kind": "LVM", "members": 1}, {"name": "dm-0", "kind": "CRYPT", "members": 1}, *RAID]
    found = read(seen(3.0, nvme(), layers=layers))
    assert found is not None
    assert (found.lowest_gb_s, found.highest_gb_s, found.bytes_read, found.seconds, found.method) == (
        2.94,
        3.06,
        10**10,
        3.2,
        "direct",
    )
    assert found.layers == ("LVM", "encryption", "RAID0 of 2 disks")
    assert (found.cold, found.reason, found.no_disks) == (True, "", "")
    assert not replace(found, cached=0.4).cold
    assert not replace(found, cached=None).cold


def test_nobody_looked() -> None:
    assert read(None) is None


def test_not_measured() -> None:
    found = read(seen(None, reason="is on overlay (overlay), which shows no disk", cached=None))
    assert found is not None
    assert (found.gb_s, found.lowest_gb_s, found.reason) == (None, None, "it cannot be read: Permission denied")
    assert found.no_disks == "is on overlay (overlay), which shows no disk"


@pytest.mark.parametrize(
    ("name", "expected", "codes"),
    [
        # QEMU's NVMe says PCIe 1.0 x1, in a slot of PCIe 4.0 x32, while more passes: a link that means nothing.
        ("qemu-nvme", Disk("nvme0n1", "virtual", "QEMU NVMe Ctrl", spins=False), []),
        ("qemu-scsi-7200", Disk("sdb", "virtual", "QEMU QEMU HARDDISK", spins=True, rpm=7200), ["disk-spinning"]),
        ("qemu-scsi-ssd", Disk("sda", "virtual", "QEMU QEMU HARDDISK", spins=False), ["disk-slow"]),
    ],
)
def test_recorded_on_a_virtual_machine(name: str, expected: Disk, codes: list[str]) -> None:
    """QEMU with an emulated processor, Debian 12, a file on each kind of disk."""
    document = json.loads((ROOT / "tests/fixtures/disk" / f"{name}.json").read_text())
    found = read(document)
    assert found is not None
    assert (found.disks, found.link_gb_s, found.cold) == ((expected,), None, True)
    assert [one.code for one in warnings(situation(BENCHMARK, evidence(raw={"disk": document})))] == codes

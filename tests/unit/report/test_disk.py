"""The disk's line, and where the load came from."""

from dataclasses import replace

import pytest

from rigprov.model.disk import Disk, DiskRead
from rigprov.report.disk import disk_text, load_text
from tests.unit.report.cases import RIG

HARD = DiskRead(0.1612, 0.15, 0.17, 530_000_000, 3.3, "direct", disks=(Disk("sda", "SATA", "ST4000", spins=True, rpm=5425),))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (HARD, "disk: cold read 0.16 GB/s; hard disk sda (ST4000); 0.5 GB in 3.3 s, parts 0.15-0.17"),
        (
            replace(HARD, disks=(Disk("vda", "virtual"),), layers=("LVM", "a disk image")),
            "disk: cold read 0.16 GB/s; virtual disk vda through LVM, a disk image; 0.5 GB in 3.3 s, parts 0.15-0.17",
        ),
        (
            replace(HARD, disks=(Disk("sda", "SATA", spins=False), Disk("sdb", "SATA")), layers=("RAID0 of 2 disks",)),
            "disk: cold read 0.16 GB/s; SATA SSD sda and SATA disk sdb through RAID0 of 2 disks; "
            "0.5 GB in 3.3 s, parts 0.15-0.17",
        ),
        (
            DiskRead(None, reason="the file lies in memory (tmpfs)"),
            "disk: cold read not measured: the file lies in memory (tmpfs)",
        ),
        (
            DiskRead(None, reason="it stays in memory", disks=(Disk("sda", "SCSI"),)),
            "disk: SCSI disk sda; cold read not measured: it stays in memory",
        ),
        (
            replace(HARD, disks=(), no_disks="is on overlay (overlay), which shows no disk"),
            "disk: cold read 0.16 GB/s; the file is on overlay (overlay), which shows no disk; 0.5 GB in 3.3 s, parts 0.15-0.17",
        ),
    ],
)
def test_disk(found: DiskRead, said: str) -> None:
    assert disk_text(found) == said


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (None, "loaded in 38.4 s"),
        (HARD, "loaded in 38.4 s"),  # nobody looked what was in memory
        (replace(HARD, cached=0.0), "loaded in 38.4 s (cold; the disk reads 0.16 GB/s)"),
        (replace(HARD, cached=0.0, gb_s=None), "loaded in 38.4 s (cold)"),
        (replace(HARD, cached=1.0), "loaded in 38.4 s (from memory)"),
        (replace(HARD, cached=0.4), "loaded in 38.4 s (40 % of the file from memory)"),
    ],
)
def test_load(found: DiskRead | None, said: str) -> None:
    assert load_text(replace(RIG, disk=found)) == said


def test_no_load() -> None:
    assert load_text(replace(RIG, load_s=None, disk=replace(HARD, cached=0.0))) == ""

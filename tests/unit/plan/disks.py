"""Disks to plan with."""

from dataclasses import replace

from rigprov.model.host import BlockDevice, Claims

UNCLAIMED = Claims(raid=(), lvm=(), zfs=(), fstab=(), crypttab=(), prepared=None)


def blank_disk(name="nvme1n1", gb=1000, serial="", **changes):
    """An NVMe disk that nothing is on and nobody uses. Its serial number follows its name."""
    serial = serial or f"S-{name}"
    disk = BlockDevice(
        name=name,
        type="disk",
        size_bytes=gb * 10**9,
        model="Samsung SSD 990",
        serial=serial,
        transport="nvme",
        rotational=False,
        removable=False,
        read_only=False,
        filesystem=None,
        signatures=(),
        mountpoints=(),
        holders=(),
        parents=(),
        children=(),
        by_id=(f"/dev/disk/by-id/nvme-Samsung_SSD_990_{serial}",),
        sampled=None,
    )
    return replace(disk, **changes)


def root_disk(**changes):
    """The disk that the system runs from, with a file system on the whole of it."""
    full = {"filesystem": "ext4", "signatures": ("ext4",), "mountpoints": ("/",), "sampled": "MiB 0: data"}
    return blank_disk("nvme0n1", 512, "ROOT", **(full | changes))

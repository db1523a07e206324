"""Disks, file systems and swap, as the probe found them."""

from dataclasses import dataclass

from rigprov.model.missing import Missing

NOT_ASKED = Missing("not asked")


@dataclass(frozen=True)
class SwapArea:
    """One line of `/proc/swaps`."""

    path: str
    kind: str  # "file", "partition", "zram"
    size_mib: int  # without the header, which takes one page of the file
    used_mib: int
    priority: int | None = None  # higher is used first; None: not known


@dataclass(frozen=True)
class BlockDevice:
    """One node of the `lsblk` tree. `None` in a text field means: looked, there is none."""

    name: str  # kernel name, e.g. "nvme0n1"; not stable over reboots
    type: str  # "disk", "part", "lvm", "raid0", "crypt", "loop", ...
    size_bytes: int
    model: str | None
    serial: str | None
    transport: str | None  # "nvme", "sata", "usb", "virtio"
    rotational: bool
    removable: bool
    read_only: bool
    filesystem: str | Missing | None
    signatures: tuple[str, ...] | Missing  # from wipefs as root; () means read and blank
    mountpoints: tuple[str, ...]
    holders: tuple[str, ...]
    parents: tuple[str, ...]
    children: tuple[str, ...]
    by_id: tuple[str, ...]  # /dev/disk/by-id/... links, sorted
    path: str = ""  # "/dev/mapper/vg-models" of a mapped device; "" where it is /dev/ and the kernel's name
    wwn: str | None = None  # tells the namespaces of one NVMe controller apart, which have its serial
    uuid: str | None = None  # of the file system on it
    label: str | None = None
    sampled: str | Missing | None = NOT_ASKED  # what was read where a blank disk holds zeros; None: zeros everywhere


@dataclass(frozen=True)
class Mount:
    """One mounted file system that holds data (pseudo file systems are left out)."""

    target: str
    source: str
    filesystem: str
    options: tuple[str, ...]
    size_bytes: int
    free_bytes: int  # available to an unprivileged user


@dataclass(frozen=True)
class FstabEntry:
    """One line of `/etc/fstab`."""

    source: str  # "UUID=...", "/dev/...", "LABEL=..."
    target: str  # mount point; "none" for swap
    filesystem: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class PhysicalVolume:
    """One disk or partition that LVM has taken."""

    path: str  # "/dev/nvme0n1p3"
    group: str  # volume group; "" where it is in none
    group_free_bytes: int  # room in the whole group that no logical volume takes


@dataclass(frozen=True)
class PreparedDisk:
    """What the role `model_storage` noted before it formatted a disk, and when it was done."""

    done: bool  # False: it was cut off while it formatted
    disks: tuple[tuple[str, str, int], ...]  # by-id link, serial, size in bytes
    filesystem: str
    uuid: str
    array_uuid: str  # "": one disk, no RAID
    mount: str


@dataclass(frozen=True)
class Claims:
    """Who says that a disk is theirs, apart from what the kernel shows. An empty tuple: asked, nobody."""

    raid: tuple[str, ...] | Missing = NOT_ASKED  # kernel names of members in /proc/mdstat
    lvm: tuple[PhysicalVolume, ...] | Missing = NOT_ASKED
    zfs: tuple[str, ...] | Missing = NOT_ASKED  # paths of devices in pools that are imported
    fstab: tuple[FstabEntry, ...] | Missing = NOT_ASKED
    crypttab: tuple[str, ...] | Missing = NOT_ASKED  # sources, as written
    prepared: PreparedDisk | Missing | None = NOT_ASKED  # None: rigprov has formatted none here

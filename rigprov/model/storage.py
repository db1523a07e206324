"""Disks, file systems and swap, as the probe found them."""

from dataclasses import dataclass

from rigprov.model.missing import Missing


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


@dataclass(frozen=True)
class Mount:
    """One mounted file system that holds data (pseudo file systems are left out)."""

    target: str
    source: str
    filesystem: str
    options: tuple[str, ...]
    size_bytes: int
    free_bytes: int  # available to an unprivileged user

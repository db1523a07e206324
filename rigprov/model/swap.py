"""Swap beyond the active areas: what may be had, what lies where, who else sets it up, what hibernation needs."""

from dataclasses import dataclass

from rigprov.model.missing import Missing

_NOT_ASKED = Missing("not asked")
LABEL = "rigprov"  # in the header of a swap file that the role made; whatever carries another or none is somebody else's


@dataclass(frozen=True)
class SwapFile:
    """What lies at a path that is swap, that /etc/fstab names as swap, or that rigprov would take."""

    path: str
    kind: str  # "file", "block", "other" (a directory, a link, ...)
    size_bytes: int = 0  # of a file; 0 for everything else
    type: str = ""  # signature that blkid finds, "swap"; "" where it finds none
    label: str = ""

    @property
    def ours(self) -> bool:
        """Whether the role made it."""
        return self.kind == "file" and self.type == "swap" and self.label == LABEL


@dataclass(frozen=True)
class Resume:
    """Where the kernel, the boot loader and the initramfs look for an image of memory after hibernation."""

    devices: tuple[str, ...] = ()  # as they are named: "UUID=...", "/dev/sda3", "259:2"
    offset: bool = False  # an offset is named as well: the image lies in a swap file

    @property
    def used(self) -> bool:
        """Whether this machine is set up to hibernate."""
        return bool(self.devices) or self.offset


@dataclass(frozen=True)
class Swappiness:
    """How readily the kernel swaps, now and by the files that set it at boot."""

    now: int
    files: tuple[tuple[str, int], ...] = ()  # path, value; in the order in which they are read, so the last one counts


@dataclass(frozen=True)
class Btrfs:
    """One mounted btrfs, as far as a swap file on it is concerned."""

    target: str
    devices: int
    profiles: tuple[str, ...]  # of its data: "single", "DUP", "RAID1", ...
    snapshots: tuple[str, ...]  # of the subvolume that is mounted


@dataclass(frozen=True)
class Swapping:
    """Everything about swap besides `/proc/swaps` and `/etc/fstab`."""

    allowed: bool | Missing = _NOT_ASKED  # swapon(2) is permitted
    files: tuple[SwapFile, ...] | Missing = _NOT_ASKED
    managers: tuple[str, ...] | Missing = _NOT_ASKED  # "rpi-swap", "zram-generator", ...: who sets swap up here, and "zswap"
    resume: Resume | Missing = _NOT_ASKED
    swappiness: Swappiness | Missing = _NOT_ASKED
    btrfs: tuple[Btrfs, ...] | Missing = _NOT_ASKED

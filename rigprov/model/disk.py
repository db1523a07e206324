"""The disk that a model's file lies on, and how it is connected."""

from dataclasses import dataclass
from typing import Literal

DiskKind = Literal["NVMe", "SATA", "USB", "SD card", "virtual", "cloud volume", "SCSI", "network"]


@dataclass(frozen=True)
class Pcie:
    """A PCI Express link, or what one end of it can do."""

    generation: int
    lanes: int

    def __str__(self) -> str:
        return f"PCIe {self.generation}.0 x{self.lanes}"


@dataclass(frozen=True)
class DiskLink:
    """How a disk is connected."""

    words: str  # "PCIe 3.0 x2", "SATA 6 Gbit/s", "USB 5 Gbit/s"
    gb_s: float  # what can pass at most, decimal GB
    now: Pcie | None = None  # the narrowest part of the way, where it is PCI Express
    disk: Pcie | None = None  # what the disk could do
    slot: Pcie | None = None  # what the slot could do


@dataclass(frozen=True)
class Disk:
    """One physical disk, or what a virtual machine takes for one."""

    name: str  # the kernel's: "nvme0n1"
    kind: DiskKind
    model: str = ""
    spins: bool | None = None  # a hard disk; None: nothing tells
    rpm: int | None = None
    link: DiskLink | None = None


@dataclass(frozen=True)
class DiskRead:
    """The model file's sequential read from a cold cache, and what it was read from. None: not measured, `reason` says why."""

    gb_s: float | None  # decimal GB
    lowest_gb_s: float | None = None  # of several stretches of the file
    highest_gb_s: float | None = None
    bytes_read: int | None = None
    seconds: float | None = None
    method: str = ""  # "direct": past the kernel's memory; "buffered": through it, after it was emptied
    reason: str = ""
    file_system: str = ""
    layers: tuple[str, ...] = ()  # what lies between: "RAID0 of 2 disks", "LVM", "encryption"
    disks: tuple[Disk, ...] = ()
    no_disks: str = ""  # why they cannot be seen; the rest of a sentence that begins with "the file"
    link_gb_s: float | None = None  # of all disks that are read at once; None: not known, or not believable
    link_share: float | None = None  # gb_s / link_gb_s
    cached: float | None = None  # share of the file that was in memory when the engine began to load it; None: it was not loaded

    @property
    def cold(self) -> bool:
        """Whether the load that followed came from the disk."""
        return self.cached is not None and self.cached <= COLD


COLD = 0.05  # share of the file in memory that makes no difference to a load

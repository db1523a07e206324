"""The disks of a virtual machine, as files on the controller.

`disk0.raw` is what disk 0 holds while the machine is off: sparse, to be read and written by anybody. While it runs, writes go to
`disk0.overlay`, a qcow2 file on top, and that is what makes a power cut true to life: QEMU keeps the map of an overlay's new
blocks in its own memory until the machine flushes its disk. A killed QEMU takes with it whatever was written and not flushed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.targets.system import TargetError, run

KINDS = ("nvme", "scsi", "virtio")  # no USB: the cloud kernel has no driver for it

_PRISTINE = "pristine"


@dataclass(frozen=True)
class Disk:
    """One disk beside the root disk."""

    size: str = "4G"
    serial: str = ""
    kind: str = "nvme"
    model: str | None = None  # what it says it is; None: what QEMU says
    rotational: bool = False  # SCSI only

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise TargetError(f"a disk's kind is one of {', '.join(KINDS)}, not {self.kind!r}")
        if self.rotational and self.kind != "scsi":
            raise TargetError("only a SCSI disk can say that it rotates")


class Files:
    """The files of a machine's disks."""

    def __init__(self, folder: Path, count: int) -> None:
        self._folder = folder
        self._count = count

    def raw(self, index: int) -> Path:
        """What a disk holds while the machine is off, once its overlay is merged."""
        if not 0 <= index < self._count:
            raise TargetError(f"there is no disk {index}: the machine has {self._count}")
        return self._folder / f"disk{index}.raw"

    def overlay(self, index: int) -> Path:
        """What the running machine writes to."""
        return self.raw(index).with_suffix(".overlay")

    @property
    def root(self) -> Path:
        """The root disk: an overlay over the pristine one, for good."""
        return self._folder / "root.overlay"

    def make(self, disks: tuple[Disk, ...], pristine: Path) -> None:
        """Make all of them."""
        for index, disk in enumerate(disks):
            run("truncate", "--size", disk.size, self.raw(index))
        run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", pristine, self.root)
        (self._folder / _PRISTINE).write_text(pristine.name)

    def pristine(self) -> Iterator[str]:
        """Name of the disk that the root disk is an overlay of, if there is one already."""
        note = self._folder / _PRISTINE
        if note.exists():
            yield note.read_text()

    def begin(self) -> None:
        """Before power on: an empty overlay for each disk."""
        for index in range(self._count):
            self.merge(index)
            run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", self.raw(index), self.overlay(index))

    def merge(self, index: int) -> Path:
        """While the machine is off: put what it wrote into the raw file, and return that."""
        overlay = self.overlay(index)
        if overlay.exists():
            run("qemu-img", "commit", "-q", "-t", "unsafe", "-f", "qcow2", overlay)
            overlay.unlink()
        return self.raw(index)

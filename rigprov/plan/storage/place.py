"""The models' directory, the file system under it, and the disk that is set up for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

from rigprov.model.host import BlockDevice, HostFacts, Mount
from rigprov.model.plan import Blocker

DEFAULT_PATH = "/srv/models"
OPTIONS = ("noatime", "nofail", "x-systemd.device-timeout=60s")
LABEL = "rp-models"  # of file systems that rigprov makes; XFS takes twelve characters
Kind = Literal["disk", "mounted", "volume", "directory"]


@dataclass(frozen=True)
class SetUp:
    """A disk (or several, as RAID0) that carries the models' file system, or will.

    Args:
        mount: mount point.
        disks: each with the by-id link by which it is known from now on.
        filesystem: "xfs" or "ext4".
        format: it is blank, was named by the user, and gets a file system.
        resume: an earlier run was cut off while it formatted.
        mounted: it is mounted there already.
        ephemeral: why what is on it is lost when the machine is stopped; "": it is not.
    """

    mount: str
    disks: tuple[tuple[BlockDevice, str], ...]
    filesystem: str
    format: bool = False
    resume: bool = False
    mounted: bool = False
    ephemeral: str = ""

    @property
    def options(self) -> tuple[str, ...]:
        """Of the mount. A disk that comes over the network is there after it, and leaves before it."""
        return (*OPTIONS, "_netdev") if any(disk.transport == "iscsi" for disk, _ in self.disks) else OPTIONS


@dataclass(frozen=True)
class Place:
    """The models' directory and the file system under it.

    Args:
        mount: None when the mounts could not be read. Of a disk that is yet to be formatted: what it will be.
        present: path of a model file that is already on the host -> its size in bytes.
    """

    path: str
    reason: str
    mount: Mount | None
    present: Mapping[str, int] = field(default_factory=dict)
    kind: Kind = "directory"
    set_up: SetUp | None = None
    blockers: tuple[Blocker, ...] = ()

    @property
    def own_mount(self) -> str:
        """Mount point that services using the models must wait for; empty when it is the root file system."""
        return "" if self.mount is None or self.mount.target == "/" else self.mount.target

    @property
    def ephemeral(self) -> str:
        """Why what lies there is lost when the machine is stopped; "": it is not known to be."""
        return self.set_up.ephemeral if self.set_up else ""

    def has(self, file: str, size_bytes: int) -> bool:
        """Whether the file is there in full size. Its contents are checked by the role."""
        return self.present.get(str(PurePosixPath(self.path, file))) == size_bytes


def present(facts: HostFacts) -> dict[str, int]:
    """Model files that the probe saw: lines of size in bytes and path, under the fact `models`."""
    lines = (line.split(maxsplit=1) for line in facts.extra.get("models", "").splitlines())
    return {parts[1]: int(parts[0]) for parts in lines if len(parts) == 2 and parts[0].isdigit()}  # noqa: PLR2004  (size, path)


def inside(path: str, directory: str) -> bool:
    """Whether a path lies in a directory, or is it."""
    return PurePosixPath(path).is_relative_to(PurePosixPath(directory))

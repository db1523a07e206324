"""Where models lie: a directory on a file system that is already mounted. Disks are not set up here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from rigprov.model.host import HostFacts, Mount
from rigprov.model.missing import Missing
from rigprov.model.plan import Blocker, Chosen, Decision
from rigprov.plan.case import Case, gib
from rigprov.tiers.fit import blank_disks, mount_of

DEFAULT_PATH = "/srv/models"
# RunPod wipes a container's disk when it is stopped; what lies on the volume stays.
VOLUMES = {"runpod": "/workspace"}
LARGE_DISK_GIB = 200
NETWORK = ("nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs")


@dataclass(frozen=True)
class Place:
    """The models' directory and the file system under it.

    Args:
        mount: None when the mounts could not be read.
        present: path of a model file that is already on the host -> its size in bytes.
    """

    path: str
    reason: str
    mount: Mount | None
    present: Mapping[str, int] = field(default_factory=dict)

    @property
    def own_mount(self) -> str:
        """Mount point that services using the models must wait for; empty when it is the root file system."""
        return "" if self.mount is None or self.mount.target == "/" else self.mount.target

    def has(self, file: str, size_bytes: int) -> bool:
        """Whether the file is there in full size. Its contents are checked by the role."""
        return self.present.get(str(PurePosixPath(self.path, file))) == size_bytes


def choose(case: Case) -> Place:
    """The user's path; else the volume that outlives a rented container; else `/srv/models`."""
    mounts = () if isinstance(case.facts.mounts, Missing) else case.facts.mounts
    path, reason = _path(case, mounts)
    return Place(path=path, reason=reason, mount=mount_of(path, mounts), present=present(case.facts))


def decide(case: Case, place: Place) -> Decision:
    """Values of the role `model_storage`."""
    where = f"on {place.mount.target} ({gib(place.mount.free_bytes)} free)" if place.mount else "on a file system not known"
    return Decision(
        values={"model_storage_path": Chosen(place.path, place.reason)},
        blockers=_blockers(case, place),
        warnings=_warnings(case, place),
        reason=f"directory {place.path} {where}, shared by the group that may use models",
    )


def present(facts: HostFacts) -> dict[str, int]:
    """Model files that the probe saw: lines of size in bytes and path, under the fact `models`."""
    lines = (line.split(maxsplit=1) for line in facts.extra.get("models", "").splitlines())
    return {parts[1]: int(parts[0]) for parts in lines if len(parts) == 2 and parts[0].isdigit()}  # noqa: PLR2004  (size, path)


def _path(case: Case, mounts: tuple[Mount, ...]) -> tuple[str, str]:
    for variable in ("model_storage_path", "models_path"):
        if (wish := case.wish(variable)) is not None:
            return str(wish).rstrip("/") or "/", f"`{variable}` is set"
    volume = VOLUMES.get(case.environment.provider or "")
    if volume and any(mount.target == volume for mount in mounts):
        return f"{volume}/models", f"{volume} is the volume that survives a stop of this rented container"
    return DEFAULT_PATH, "no other file system was named"


def _blockers(case: Case, place: Place) -> tuple[Blocker, ...]:
    found = []
    if not place.path.startswith("/") or place.path == "/":
        fix = "for example --set models.path=/srv/models"
        found.append(Blocker("models-path", f"the models' directory must be an absolute path below /, not {place.path}", fix))
    other = case.wish("models_path")
    if other is not None and not _inside(str(other), place.path):
        message = f"models_path {other} lies outside of model_storage_path {place.path}"
        found.append(Blocker("models-path", message, "set only one of the two; the other follows"))
    if place.mount is not None and "ro" in place.mount.options:
        message = f"{place.mount.target}, where {place.path} would lie, is mounted read-only"
        found.append(Blocker("models-read-only", message, f"mount -o remount,rw {place.mount.target}, or name another directory"))
    return tuple(found)


def _warnings(case: Case, place: Place) -> tuple[str, ...]:
    found = []
    if place.mount is None:
        found.append(f"the file system under {place.path} is not known, so its free space is checked only while the role runs")
    elif place.mount.filesystem in NETWORK:
        found.append(f"{place.path} lies on {place.mount.filesystem}: models load at the speed of the network")
    if place.mount is not None and place.mount.target == "/" and (spare := blank_disks(case.facts, LARGE_DISK_GIB)):
        name = f"{spare[0].name} ({spare[0].size_bytes / 1e9:.0f} GB)"
        found.append(f"{name} looks blank and stays unused: rigprov does not set disks up yet; mount it and name the directory")
    return tuple(found)


def _inside(path: str, directory: str) -> bool:
    return PurePosixPath(path).is_relative_to(PurePosixPath(directory))

"""The place for models: what the user named comes first, then what is there already, then the root disk."""

from pathlib import PurePosixPath

from rigprov.model.host import Mount
from rigprov.model.missing import Missing
from rigprov.model.plan import Blocker
from rigprov.plan.case import GIB, Case, gib
from rigprov.plan.storage import mounted, named, ours
from rigprov.plan.storage.place import DEFAULT_PATH, Kind, Place, SetUp, inside, present
from rigprov.tiers.fit import DISK_TOLERANCE, mount_of

# RunPod wipes a container's disk when it is stopped; what lies on the volume stays.
VOLUMES = {"runpod": "/workspace"}
OWN_TABLES = 0.98  # of a disk is left for files: XFS and ext4 (without reserved blocks) take one to two per cent


def choose(case: Case) -> Place:
    """The user's disk; a disk that was set up before; the user's path; a volume; a file system with room; `/srv/models`."""
    wish = _wish(case)
    mount = str(case.wish("model_storage_mount") or wish or DEFAULT_PATH)
    if case.consent.format:
        set_up, blockers = named.set_up(case, mount)
        if set_up is None:
            return _directory(case, wish or DEFAULT_PATH, "the disk that was named is not formatted", blockers)
        return _on_disk(case, wish, set_up)
    if case.environment.kind not in ("container", "wsl2"):
        if stop := _unfinished(case):
            return _directory(case, wish or DEFAULT_PATH, "a disk is half formatted", (stop,))
        known = ours.set_up(case.facts, mount)
        if known is not None and (wish is None or inside(wish, known.mount)):
            return _on_disk(case, wish, known)
    return _without_disk(case, wish)


def _wish(case: Case) -> str | None:
    found = next((wish for name in ("model_storage_path", "models_path") if (wish := case.wish(name)) is not None), None)
    return None if found is None else str(found).rstrip("/") or "/"


def _on_disk(case: Case, wish: str | None, set_up: SetUp) -> Place:
    path = wish or set_up.mount
    size = sum(disk.size_bytes for disk, _ in set_up.disks)
    names = ", ".join(known for _, known in set_up.disks)
    why = f"{names}, as you named it" if set_up.format else f"{names} was set up for models before"
    mounts = () if isinstance(case.facts.mounts, Missing) else case.facts.mounts
    there = next((mount for mount in mounts if mount.target == set_up.mount), None) if set_up.mounted else None
    room = int(size * OWN_TABLES)
    mount = there or Mount(set_up.mount, set_up.disks[0][1], set_up.filesystem, set_up.options, room, room)
    blockers = []
    if not inside(path, set_up.mount):
        message = f"the models' directory {path} does not lie on the disk, which is mounted on {set_up.mount}"
        fix = "leave models.path out, or set model_storage.mount to a directory above it"
        blockers.append(Blocker("disk-elsewhere", message, fix))
    if other := next((one for one in mounts if one.target == set_up.mount and not set_up.mounted), None):
        message = f"{set_up.mount} is a mount point already: {other.source} ({other.filesystem}) is mounted there"
        blockers.append(Blocker("disk-mount-taken", message, "set model_storage.mount to another directory"))
    return Place(path, why, mount, present(case.facts), "disk", set_up, tuple(blockers))


def _unfinished(case: Case) -> Blocker | None:
    """What rigprov once prepared and is not whole now. On with it only with the user's word."""
    prepared, gone = ours.note(case.facts), ours.missing(case.facts)
    if isinstance(case.facts.claims.prepared, Missing) or prepared is None:
        return None
    links = " ".join(f"--format {known}" for known, _, _ in prepared.disks)
    back = ours.back_blank(case.facts, prepared)
    if gone is not None and not back:
        fix = f"put it back and see that it is powered; or, to go on without it, run {ours.ROLLBACK} first"
        return Blocker("disk-missing", f"the disk for models is not there: {gone}", fix)
    if not prepared.done:
        return Blocker("disk-unfinished", "formatting the disk for models was cut off", f"run again with {links} to finish it")
    if ours.set_up(case.facts, prepared.mount) is None:
        again = f"run again with {links}" if gone is None else f"run {ours.ROLLBACK} first, then again with {' '.join(back)}"
        return Blocker("disk-blank-again", "the disk for models came back without its file system", again)
    return None


def _without_disk(case: Case, wish: str | None) -> Place:
    mounts = () if isinstance(case.facts.mounts, Missing) else case.facts.mounts
    if wish is not None:
        which = "model_storage_path" if case.wish("model_storage_path") is not None else "models_path"
        return _directory(case, wish, f"`{which}` is set", _outside(case, wish))
    volume = VOLUMES.get(case.environment.provider or "")
    if volume and any(mount.target == volume for mount in mounts):
        reason = f"{volume} is the volume that survives a stop of this rented container"
        return _directory(case, f"{volume}/models", reason)
    here = mount_of(DEFAULT_PATH, mounts)
    known = any(inside(path, DEFAULT_PATH) for path in present(case.facts))
    if case.environment.kind == "container" or here is None or here.target != "/" or known:
        why = "models lie there already" if known else "no other file system was named"
        return _directory(case, DEFAULT_PATH, why)
    if other := _roomier(case, here):
        why = f"{other.target} has {gib(other.free_bytes)} free, the root disk {gib(here.free_bytes)}"
        return _directory(case, str(PurePosixPath(other.target, "models")), why)
    return _directory(case, DEFAULT_PATH, "no other file system was named")


def _roomier(case: Case, root: Mount) -> Mount | None:
    """A file system with room for the tier, and more of it than the root disk has."""
    need = case.tier.needs.disk_gib * (1 - DISK_TOLERANCE) * GIB
    found = [mount for mount in mounted.candidates(case.facts) if mount.size_bytes >= need and mount.free_bytes > root.free_bytes]
    return found[0] if found else None


def _directory(case: Case, path: str, reason: str, blockers: tuple[Blocker, ...] = ()) -> Place:
    mounts = () if isinstance(case.facts.mounts, Missing) else case.facts.mounts
    mount = mount_of(path, mounts)
    return Place(path, reason, mount, present(case.facts), _kind(mount), None, blockers)


def _kind(mount: Mount | None) -> Kind:
    if mount is None or mount.target == "/":
        return "directory"
    return "volume" if mount.target in VOLUMES.values() else "mounted"


def _outside(case: Case, path: str) -> tuple[Blocker, ...]:
    other = case.wish("models_path")
    if other is None or case.wish("model_storage_path") is None or inside(str(other), path):
        return ()
    message = f"models_path {other} lies outside of model_storage_path {path}"
    return (Blocker("models-path", message, "set only one of the two; the other follows"),)

"""Whether this host may have a swap file, at which path, and whether the file system there can hold one."""

from collections.abc import Mapping
from dataclasses import dataclass

from rigprov.model.host import Mount
from rigprov.model.missing import Missing
from rigprov.plan.benchmark import Choice
from rigprov.plan.case import MIB, Case, gib
from rigprov.plan.storage import Place
from rigprov.plan.swap.present import Present
from rigprov.plan.swap.rule import wanted_files
from rigprov.tiers.fit import mount_of

FILE, BESIDE = "/swapfile", "/swapfile.rigprov"
DISK_SHARE = 4  # at most a quarter of the free space
LEAST_MIB = 256  # less is not worth a file
METHODS: Mapping[str, str] = {"ext4": "fallocate", "ext3": "dd", "xfs": "fallocate", "btrfs": "btrfs"}
REFUSED: Mapping[str, str] = {
    "overlay": "a swap file on overlay is refused by the kernel",
    "zfs": "ZFS cannot hold a swap file",
    "bcachefs": "bcachefs cannot hold a swap file",
    "f2fs": "f2fs moves a file's blocks about, and rigprov does not pin them",
    "tmpfs": "tmpfs is memory itself",
    "nfs": "swap over the network is not safe",
    "nfs4": "swap over the network is not safe",
    "cifs": "swap over the network is not safe",
    "9p": "swap over a shared directory is not safe",
    "virtiofs": "swap over a shared directory is not safe",
}
OF_THE_HOST = "swap belongs to the machine that runs this container"


@dataclass(frozen=True)
class Spot:
    """A path for the swap file, with the file system under it and the room that it has."""

    path: str
    reason: str
    mount: Mount
    method: str
    free: int  # bytes on the file system now
    room: int  # bytes that would be free with the models there and without our own files

    @property
    def cap_mib(self) -> int:
        """The most that a file may take."""
        return max(self.room // DISK_SHARE // MIB, 0)


def not_here(case: Case) -> str | None:
    """Why this host's swap is not rigprov's to set, or None.

    Whether swapon is permitted tells more than a container's name: a microVM may call itself docker, and a booted container
    with all capabilities may have system calls filtered.
    """
    if case.environment.kind == "wsl2":
        return "WSL2 has its own swap; its size is set in .wslconfig on Windows"
    allowed, container = case.facts.swapping.allowed, case.environment.kind == "container"
    if allowed is False:
        return f"{OF_THE_HOST}, and swapon is not permitted in it" if container else "swapon is not permitted on this machine"
    if not container:
        return None
    if allowed is not True and not case.facts.virtualisation.can_admin:
        return f"{OF_THE_HOST}, and it lacks the capability to change it (CAP_SYS_ADMIN)"
    # What works here is the whole machine's: all that runs there would swap into this container's disk.
    asked = case.wish("swap_size_mib") is not None
    return None if asked else f"{OF_THE_HOST}; where it may be used all the same, set swap.size_mib"


def spot(case: Case, place: Place, choice: Choice, present: Present) -> Spot | str:
    """Where the file goes, or why it cannot."""
    path, reason = _path(case, present)
    if isinstance(case.facts.mounts, Missing):
        return f"the file systems could not be read: {case.facts.mounts.reason}"
    mount = mount_of(path, case.facts.mounts)
    if mount is None:
        return f"the file system under {path} is not known"
    if refused := _refused(case, mount):
        return refused
    own = [(file, size) for file, size in present.unfinished]
    if present.ours:
        own.append((present.ours.path, present.ours.size_mib * MIB))
    there = sum(size for file, size in own if mount_of(file, case.facts.mounts) == mount)
    room = mount.free_bytes + there - _to_come(case, place, choice, mount)
    return Spot(path, reason, mount, METHODS[mount.filesystem], mount.free_bytes, room)


def _path(case: Case, present: Present) -> tuple[str, str]:
    if (wish := case.wish("swap_file")) is not None:
        return str(wish), "`swap_file` is set"
    if present.ours:
        return present.ours.path, "where the file that rigprov made lies"
    if FILE in present.taken or any(area.path == FILE for area in present.others):
        return BESIDE, f"{FILE} is somebody else's"
    return FILE, "on the root file system"


def _refused(case: Case, mount: Mount) -> str | None:
    kind = mount.filesystem
    if "ro" in mount.options:
        return f"{mount.target} is mounted read-only"
    if kind not in METHODS:
        why = REFUSED.get(kind, f"whether {kind} can hold a swap file is not known")
        return f"{mount.target} is {kind}: {why}"
    return _btrfs(case, mount) if kind == "btrfs" else None


def _btrfs(case: Case, mount: Mount) -> str | None:
    """What the kernel refuses, and snapshots, which a swap file in use would make fail."""
    known = () if isinstance(case.facts.swapping.btrfs, Missing) else case.facts.swapping.btrfs
    found = next((one for one in known if one.target == mount.target), None)
    if found is None:
        return None  # the role looks for itself
    if found.devices > 1:
        return f"{mount.target} is btrfs on {found.devices} devices: a swap file has to lie on one"
    if found.profiles != ("single",):
        return f"{mount.target} is btrfs with its data as {' and '.join(found.profiles)}: a swap file takes single only"
    # A path of the user's may lie in a subvolume of its own, which only the role can see.
    if found.snapshots and case.wish("swap_file") is None:
        some = f"{len(found.snapshots)} snapshot{'s' if len(found.snapshots) > 1 else ''} ({found.snapshots[0]})"
        way = "`btrfs subvolume create /swap` and --set swap.file=/swap/swapfile"
        return f"{mount.target} is a btrfs subvolume with {some}, and a swap file in use would stop further ones; way out: {way}"
    return None


def _to_come(case: Case, place: Place, choice: Choice, mount: Mount) -> int:
    """Bytes of models that will be put on this file system and are not there yet."""
    if place.mount != mount:
        return 0
    chosen = choice.model
    files = [(chosen.size_bytes, chosen.file)] if chosen else []
    missing = {name: size for size, name in (*files, *wanted_files(case)) if not place.has(name, size)}
    return sum(missing.values())


def cap_reason(found: Spot) -> str:
    """The limit that the disk sets, with its amount."""
    return f"a quarter of the free space on {found.mount.target} is {gib(max(found.room, 0) / DISK_SHARE)}"

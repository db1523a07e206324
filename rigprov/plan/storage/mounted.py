"""File systems that are mounted already: which of them may hold models without being asked for."""

import re

from rigprov.catalog.forms import is_path
from rigprov.disks.graph import Graph
from rigprov.disks.kinds import lost_at_stop
from rigprov.model.host import BlockDevice, HostFacts, Mount
from rigprov.model.missing import Missing
from rigprov.plan.storage.ours import devices

LOCAL = ("ext4", "ext3", "xfs", "btrfs", "zfs", "f2fs")
NETWORK = ("nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph", "glusterfs", "fuse.glusterfs", "lustre")
# Places that belong to something else. /mnt itself and /mnt/resource are Azure's temporary disk, /mnt an administrator's scratch.
_TAKEN = re.compile(r"/(boot|home|root|usr|var|etc|tmp|run|opt|snap|nix|proc|sys|dev|media|mnt/resource)(/|$)|/mnt$")


def candidates(facts: HostFacts) -> tuple[Mount, ...]:
    """Data file systems on local disks that stay, the one with the most room first."""
    return tuple(mount for mount in _by_room(facts) if _against(mount, facts) == "")


def not_by_itself(facts: HostFacts, size_bytes: int) -> str | None:
    """The roomiest file system that is large enough and is taken only when it is named, with the reason; None: there is none."""
    for mount in _by_room(facts):
        against = _against(mount, facts)
        if against and mount.size_bytes >= size_bytes and is_path(mount.target) and "ro" not in mount.options:
            path = f"{mount.target}/models"
            return f"{mount.target} is large enough, and {against}: --set models.path={path} takes it all the same"
    return None


def _by_room(facts: HostFacts) -> list[Mount]:
    mounts = () if isinstance(facts.mounts, Missing) else facts.mounts
    return sorted(mounts, key=lambda mount: (-mount.free_bytes, mount.target))


def _against(mount: Mount, facts: HostFacts) -> str:
    """Why a file system is not taken by itself; "": it is."""
    if mount.filesystem not in LOCAL:
        return "models would load at the speed of the network" if mount.filesystem in NETWORK else f"it is {mount.filesystem}"
    if "ro" in mount.options:
        return "it is mounted read-only"
    if mount.target == "/" or _TAKEN.match(mount.target):
        return "it belongs to something else"
    if not is_path(mount.target):
        return "its path holds characters that not every program takes"
    graph = Graph(devices(facts))
    source = graph.named(mount.source)
    if source is None:
        return "" if mount.filesystem == "zfs" else "its disk is not known"  # a dataset has no device
    disks = [graph.by_name[name] for name in graph.disks_under(source.name)]
    return next((why for disk in disks if (why := _unfit(disk))), "" if disks else "its disk is not known")


def _unfit(disk: BlockDevice) -> str:
    if disk.removable or disk.transport == "usb":
        return "its disk can be pulled out"
    if disk.rotational:
        return "its disk is a spinning one, from which models load slowly"
    return lost_at_stop(disk) or ""

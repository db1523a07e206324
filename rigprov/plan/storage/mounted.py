"""File systems that are mounted already: which of them may hold models without being asked for."""

import re

from rigprov.disks.graph import Graph
from rigprov.disks.kinds import lost_at_stop
from rigprov.model.host import BlockDevice, HostFacts, Mount
from rigprov.model.missing import Missing
from rigprov.plan.storage.ours import devices

LOCAL = ("ext4", "ext3", "xfs", "btrfs", "zfs", "f2fs")
NETWORK = ("nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph", "glusterfs", "fuse.glusterfs", "lustre")
# Places that belong to something else. /mnt itself is Azure's temporary disk and an administrator's scratch.
_TAKEN = re.compile(r"/(boot|home|root|usr|var|etc|tmp|run|opt|snap|nix|proc|sys|dev|mnt$|media)(/|$)?")


def candidates(facts: HostFacts) -> tuple[Mount, ...]:
    """Data file systems on local disks that stay, the one with the most room first."""
    if isinstance(facts.mounts, Missing):
        return ()
    found = [mount for mount in facts.mounts if _serves(mount, facts)]
    return tuple(sorted(found, key=lambda mount: (-mount.free_bytes, mount.target)))


def _serves(mount: Mount, facts: HostFacts) -> bool:
    if mount.target == "/" or _TAKEN.match(mount.target) or mount.filesystem not in LOCAL or "ro" in mount.options:
        return False
    graph = Graph(devices(facts))
    source = graph.named(mount.source)
    if source is None:
        return mount.filesystem == "zfs"  # a dataset has no device
    disks = [graph.by_name[name] for name in graph.disks_under(source.name)]
    return bool(disks) and not any(_unfit(disk) for disk in disks)


def _unfit(disk: BlockDevice) -> bool:
    return disk.removable or disk.transport == "usb" or disk.rotational or lost_at_stop(disk) is not None

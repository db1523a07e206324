"""How block devices hang together: what lies on a disk, and which disks something lies on."""

import re
from collections.abc import Callable, Iterable

from rigprov.model.host import BlockDevice, HostFacts
from rigprov.model.missing import Missing

_SYSTEM = ("/", "/usr", "/boot", "/boot/efi", "/boot/firmware")
_SUBVOLUME = re.compile(r"\[.*\]$")  # findmnt's suffix of btrfs subvolumes and bind mounts


class Graph:
    """The devices of one host by their kernel name."""

    def __init__(self, devices: Iterable[BlockDevice]) -> None:
        self.by_name = {device.name: device for device in devices}

    def family(self, name: str) -> tuple[BlockDevice, ...]:
        """The device, everything on it, and everything that it lies on. A device that is only named by others is left out."""
        return tuple(
            self.by_name[found] for found in sorted(self._below(name) | self._above(name) | {name}) if found in self.by_name
        )

    def disks_under(self, name: str) -> frozenset[str]:
        """Kernel names of the whole disks that a device lies on; itself, when it is one."""
        lower = self._above(name) | {name}
        return frozenset(found for found in lower if (device := self.by_name.get(found)) is not None and device.type == "disk")

    def named(self, source: str) -> BlockDevice | None:
        """The device of a path as mounts have it; None where no path of a device is of this name."""
        wanted = _SUBVOLUME.sub("", source)
        return next((device for device in self.by_name.values() if wanted in names(device)), None)

    def _below(self, name: str) -> set[str]:
        """What lies on it: partitions, volumes, arrays. Both ends of a relation are believed."""
        return self._reach(
            name,
            lambda one: {
                *((found.children + found.holders) if (found := self.by_name.get(one)) else ()),
                *(other.name for other in self.by_name.values() if one in other.parents),
            },
        )

    def _above(self, name: str) -> set[str]:
        """What it lies on."""
        return self._reach(
            name,
            lambda one: {
                *(found.parents if (found := self.by_name.get(one)) else ()),
                *(other.name for other in self.by_name.values() if one in other.children or one in other.holders),
            },
        )

    @staticmethod
    def _reach(name: str, step: Callable[[str], set[str]]) -> set[str]:
        found: set[str] = set()
        todo = [name]
        while todo:
            fresh = step(todo.pop()) - found
            found |= fresh
            todo += fresh
        return found - {name}


def names(device: BlockDevice) -> frozenset[str]:
    """Every path that is known to be this device's."""
    return frozenset({f"/dev/{device.name}", *device.by_id} | ({device.path} if device.path else set()))


def system_disks(facts: HostFacts) -> frozenset[str] | Missing:
    """Kernel names of the disks that the system runs from: everything under / and the boot directories.

    A root on ZFS has no device; there the members of the pools that are in use stand in for it.
    """
    if isinstance(facts.disks, Missing) or isinstance(facts.mounts, Missing):
        return Missing("the disks or the mounts could not be read")
    graph = Graph(facts.disks)
    found: set[str] = set()
    for device in facts.disks:
        if set(device.mountpoints) & set(_SYSTEM):
            found |= graph.disks_under(device.name)
    for mount in facts.mounts:
        if mount.target in _SYSTEM and (source := graph.named(mount.source)):
            found |= graph.disks_under(source.name)
    root = next((mount for mount in facts.mounts if mount.target == "/"), None)
    if root is not None and root.filesystem == "zfs" and isinstance(facts.claims.zfs, tuple):
        for path in facts.claims.zfs:
            found |= graph.disks_under(member.name) if (member := graph.named(path)) else set()
    return frozenset(found) if found else Missing("which disk the system runs from could not be told")

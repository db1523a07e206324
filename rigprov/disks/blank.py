"""Whether a disk is blank beyond doubt. Only such a disk may be formatted, and only when its owner named it.

What could not be read counts as something that is there. The role proves it once more on the host, right before it formats.
"""

import re
from collections.abc import Iterator

from rigprov.disks.graph import Graph, names, system_disks
from rigprov.model.host import BlockDevice, HostFacts
from rigprov.model.missing import Missing

# Kernel names of devices that are no disks, whatever lsblk calls them.
_NO_DISKS = ("loop", "ram", "zram", "nbd", "sr", "fd", "dm-", "md", "mtd", "rbd", "drbd", "bcache")


def objections(disk: BlockDevice, facts: HostFacts) -> tuple[str, ...]:
    """What speaks against formatting it, each a clause with its evidence. Empty: it is blank, and it can be told apart."""
    found = [*_kind(disk), *_use(disk, facts), *_contents(disk), *_claimed(disk, facts), *_identity(disk, facts)]
    return tuple(dict.fromkeys(found))


def in_use(disk: BlockDevice, facts: HostFacts) -> tuple[str, ...]:
    """Those objections that hold even for a disk that was formatted for models: it is no disk, or somebody uses it."""
    return tuple(dict.fromkeys([*_kind(disk), *_use(disk, facts), *_claimed(disk, facts), *_identity(disk, facts)]))


def hopeless(disk: BlockDevice, facts: HostFacts) -> bool:
    """Whether something speaks against it that wiping does not change: the system is on it, or nothing tells it apart."""
    system = system_disks(facts)
    return any(_kind(disk)) or any(_identity(disk, facts)) or (not isinstance(system, Missing) and disk.name in system)


def blank_disks(facts: HostFacts) -> tuple[BlockDevice, ...]:
    """Disks against which nothing speaks, the largest first, then by by-id link: kernel names change."""
    if isinstance(facts.disks, Missing):
        return ()
    found = [disk for disk in facts.disks if disk.type == "disk" and not objections(disk, facts)]
    return tuple(sorted(found, key=lambda disk: (-disk.size_bytes, disk.by_id)))


def _kind(disk: BlockDevice) -> Iterator[str]:
    if disk.type != "disk" or disk.name.startswith(_NO_DISKS):
        yield f"it is no whole disk (lsblk calls it {disk.type or 'nothing'})"
    if disk.read_only:
        yield "it is read-only"
    if disk.removable or disk.transport == "usb":
        yield f"it can be pulled out ({disk.transport or 'removable'})"
    if disk.size_bytes <= 0:
        yield "it has no size"


def _use(disk: BlockDevice, facts: HostFacts) -> Iterator[str]:
    system = system_disks(facts)
    if isinstance(system, Missing):
        yield system.reason
    elif disk.name in system:
        yield "the system runs from it"
    graph = Graph(() if isinstance(facts.disks, Missing) else facts.disks)
    family = graph.family(disk.name) or (disk,)
    for device in family:
        yield from (f"{device.name} is mounted on {target}" for target in device.mountpoints)
    others = [device for device in family if device.name != disk.name]
    for device in others:
        where = "on it" if disk.name in device.parents or device.name in disk.children else "together with it"
        yield f"{device.name} ({device.type}) lies {where}"
    yield from (f"{name} lies on it" for name in disk.children if name not in graph.by_name)
    for device in family:
        yield from (f"{device.name} is held by {holder}" for holder in device.holders)
    yield from (f"it lies on {parent}" for parent in disk.parents)
    known = {name for device in family for name in names(device)}
    yield from _mounted_or_swap(known, graph, {device.name for device in family}, facts)


def _mounted_or_swap(known: set[str], graph: Graph, family: set[str], facts: HostFacts) -> Iterator[str]:
    if isinstance(facts.mounts, Missing):
        yield f"the mounts could not be read: {facts.mounts.reason}"
    else:
        for mount in facts.mounts:
            if (source := graph.named(mount.source)) is not None and source.name in family:
                yield f"{source.name} is mounted on {mount.target}"
    if isinstance(facts.swaps, Missing):
        yield f"swap could not be read: {facts.swaps.reason}"
    else:
        yield from (f"{area.path} is in use as swap" for area in facts.swaps if area.path in known)


def _contents(disk: BlockDevice) -> Iterator[str]:
    if isinstance(disk.signatures, Missing):
        yield f"its signatures could not be read: {disk.signatures.reason}"
    elif disk.signatures:
        yield f"it carries signatures: {', '.join(disk.signatures)}"
    elif isinstance(disk.filesystem, Missing):
        yield f"its file system could not be read: {disk.filesystem.reason}"
    elif disk.filesystem:
        yield f"it holds {disk.filesystem}"
    if isinstance(disk.sampled, Missing):
        yield f"whether it holds zeros could not be read: {disk.sampled.reason}"
    elif disk.sampled:
        yield f"it has no signature, but data: {disk.sampled}"


def _claimed(disk: BlockDevice, facts: HostFacts) -> Iterator[str]:
    claims, known = facts.claims, names(disk)
    for what, found in (("RAID", claims.raid), ("LVM", claims.lvm), ("ZFS", claims.zfs), ("/etc/fstab", claims.fstab)):
        if isinstance(found, Missing):
            yield f"{what} could not be read: {found.reason}"
    if isinstance(claims.crypttab, Missing):
        yield f"/etc/crypttab could not be read: {claims.crypttab.reason}"
    if isinstance(claims.raid, tuple) and disk.name in claims.raid:
        yield "it is a member of a RAID array"
    if isinstance(claims.lvm, tuple):
        mine = [volume for volume in claims.lvm if volume.path in known]
        yield from (f"it is a physical volume of LVM ({volume.group or 'no group'})" for volume in mine)
    if isinstance(claims.zfs, tuple) and known & set(claims.zfs):
        yield "it is in a ZFS pool"
    if isinstance(claims.fstab, tuple):
        lines = [entry for entry in claims.fstab if _is(entry.source, disk)]
        yield from (f"/etc/fstab mounts it: {entry.source} on {entry.target}" for entry in lines)
    if isinstance(claims.crypttab, tuple):
        yield from (f"/etc/crypttab names it: {source}" for source in claims.crypttab if _is(source, disk))


def _is(source: str, disk: BlockDevice) -> bool:
    """Whether a line of fstab or crypttab may mean this disk, or a partition that is not there at present.

    Links by path are not read, so any of them may.
    """
    tag, equals, value = source.partition("=")
    if equals:
        return bool(value.strip('"')) and value.strip('"') in {"UUID": (disk.uuid,), "LABEL": (disk.label,)}.get(tag, ())
    return any(re.fullmatch(re.escape(one) + _part(one), source) for one in names(disk)) or source.startswith(
        "/dev/disk/by-path/"
    )


def _part(name: str) -> str:
    """Pattern of what follows a disk's name in those of its partitions."""
    if name.startswith("/dev/disk/"):
        return r"(-part\d+)?"
    return r"(p\d+)?" if name[-1].isdigit() else r"\d*"


def _identity(disk: BlockDevice, facts: HostFacts) -> Iterator[str]:
    if not disk.by_id:
        yield "it has no link in /dev/disk/by-id, and kernel names change from boot to boot"
    if not disk.serial:
        yield "it tells no serial number"
        return
    others = () if isinstance(facts.disks, Missing) else facts.disks
    for other in others:
        same = other.type == "disk" and other.name != disk.name and other.serial == disk.serial
        if same and not (disk.wwn and other.wwn and disk.wwn != other.wwn):
            yield f"{other.name} has the same serial number {disk.serial}"

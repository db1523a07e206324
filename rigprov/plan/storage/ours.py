"""A disk that rigprov set up before: the note that its role left, or the label of the file system."""

from rigprov.disks.blank import blank_disks
from rigprov.disks.graph import Graph
from rigprov.disks.kinds import link, lost_at_stop
from rigprov.model.host import BlockDevice, HostFacts, PreparedDisk
from rigprov.model.missing import Missing
from rigprov.plan.storage.place import LABEL, SetUp

ROLLBACK = "`rigprov rollback HOST model_storage`"


def devices(facts: HostFacts) -> tuple[BlockDevice, ...]:
    """Those of the host; none where they could not be read."""
    return () if isinstance(facts.disks, Missing) else facts.disks


def note(facts: HostFacts) -> PreparedDisk | None:
    """What the role noted."""
    return facts.claims.prepared if isinstance(facts.claims.prepared, PreparedDisk) else None


def noted_disks(facts: HostFacts) -> tuple[tuple[BlockDevice, str], ...] | None:
    """The disks of the note with their links, all of them still the same; None: one is not there, or not the same any more."""
    prepared = note(facts)
    if prepared is None:
        return None
    found = []
    for known, serial, size in prepared.disks:
        disk = next((one for one in devices(facts) if known in one.by_id and one.type == "disk"), None)
        if disk is None or disk.serial != serial or disk.size_bytes != size:
            return None
        found.append((disk, known))
    return tuple(found)


def set_up(facts: HostFacts, mount: str) -> SetUp | None:
    """The disk with the models' file system, mounted or not. Its mount point is where it is mounted, else `mount`."""
    holder = _holder(facts)
    if holder is None:
        return None
    graph = Graph(devices(facts))
    disks = noted_disks(facts)
    if disks is None or holder.name not in {device.name for disk, _ in disks for device in graph.family(disk.name)}:
        below = [graph.by_name[name] for name in sorted(graph.disks_under(holder.name))]
        disks = tuple((disk, link(disk)) for disk in below)
    if not disks or not all(known for _, known in disks):
        return None
    filesystem = holder.filesystem if isinstance(holder.filesystem, str) else ""
    return SetUp(
        mount=_mount_point(facts, holder) or mount,
        disks=disks,
        filesystem=filesystem,
        mounted=bool(holder.mountpoints),
        ephemeral=next((why for disk, _ in disks if (why := lost_at_stop(disk))), ""),
    )


def _mount_point(facts: HostFacts, holder: BlockDevice) -> str:
    """Where it is mounted; the place that was noted, if it is mounted there and elsewhere too."""
    prepared = note(facts)
    if prepared is not None and prepared.mount in holder.mountpoints:
        return prepared.mount
    return next(iter(holder.mountpoints), "")


def _holder(facts: HostFacts) -> BlockDevice | None:
    """The device whose file system is the noted one, else the only one with the label: a disk may outlive its system."""
    prepared = note(facts)
    if prepared is not None and prepared.done:
        return next((device for device in devices(facts) if device.uuid == prepared.uuid), None)
    found = [device for device in devices(facts) if device.label == LABEL and device.filesystem in ("xfs", "ext4")]
    return found[0] if len(found) == 1 else None


def unfinished(facts: HostFacts) -> bool:
    """Whether formatting was cut off."""
    prepared = note(facts)
    return prepared is not None and not prepared.done


def missing(facts: HostFacts) -> str | None:
    """Links of noted disks that are not there, in words; None: all are there, or none is noted."""
    prepared = note(facts)
    if prepared is None:
        return None
    there = {known for device in devices(facts) for known in device.by_id}
    gone = [known for known, _, _ in prepared.disks if known not in there]
    return ", ".join(gone) or None


def back_blank(facts: HostFacts, prepared: PreparedDisk) -> tuple[str, ...]:
    """Consent to the disks that stand where the noted ones did, as many and as large: a cloud's own, which come back with
    other numbers. None, where the noted ones were no such disks, or fewer are blank now.
    """
    sizes = [size for _, _, size in prepared.disks]
    found = [disk for disk in blank_disks(facts) if lost_at_stop(disk) and disk.size_bytes in sizes]
    return tuple(f"--format {link(disk)}" for disk in found[: len(sizes)]) if len(found) >= len(sizes) else ()

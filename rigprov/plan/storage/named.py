"""Disks that the user named with `--format`: whether they may be formatted, each with its reasons."""

from rigprov.disks.blank import hopeless, in_use, objections
from rigprov.disks.graph import system_disks
from rigprov.disks.kinds import described, lost_at_stop
from rigprov.model.host import BlockDevice, HostFacts
from rigprov.model.missing import Missing
from rigprov.model.plan import Blocker
from rigprov.plan.case import Case, gib
from rigprov.plan.storage import ours
from rigprov.plan.storage.place import SetUp

FILESYSTEMS = ("xfs", "ext4")
WIPE = "wipe it yourself (`wipefs --all` and `blkdiscard --zeroout`), then name it again"


def set_up(case: Case, mount: str) -> tuple[SetUp | None, tuple[Blocker, ...]]:
    """What is made of the named disks, or why nothing."""
    facts = case.facts
    if case.environment.kind in ("container", "wsl2"):
        why = "a container has no disks of its own" if case.environment.kind == "container" else "WSL2 has Windows' disks"
        return None, (Blocker("disk-not-here", f"--format names a disk, and {why}", "leave it out, and name a directory"),)
    if isinstance(facts.disks, Missing):
        fix = "see that `lsblk --json` works on the host"
        return None, (Blocker("disk-unread", f"the disks could not be read: {facts.disks.reason}", fix),)
    found: list[tuple[BlockDevice, str]] = []
    blockers: list[Blocker] = []
    for name in dict.fromkeys(case.consent.format):
        disk = next((one for one in facts.disks if name in one.by_id), None)
        if disk is None:
            blockers.append(_unknown(facts, name))
        elif disk.name in {one.name for one, _ in found}:
            message = f"--format names {disk.name} twice, by two links"
            blockers.append(Blocker("disk-twice", message, "name each disk once"))
        else:
            found.append((disk, name))
    if blockers:
        return None, tuple(blockers)
    return _judged(case, mount, tuple(found))


def _judged(case: Case, mount: str, found: tuple[tuple[BlockDevice, str], ...]) -> tuple[SetUp | None, tuple[Blocker, ...]]:
    facts = case.facts
    known = ours.set_up(facts, mount)
    if known is not None and {disk.name for disk, _ in known.disks} == {disk.name for disk, _ in found}:
        return known, ()  # formatted already
    noted, prepared = ours.noted_disks(facts), ours.note(facts)
    if noted is not None and _same(noted, found):
        found = noted  # by the links that were noted, by which the role knows them
    elif prepared is not None and prepared.done:
        links = " and ".join(known for known, _, _ in prepared.disks)
        fix = f"run {ours.ROLLBACK} first (what is on that disk stays), or leave --format out"
        return None, (Blocker("disk-other", f"{links} was set up for models, and another disk is named now", fix),)
    resume = ours.unfinished(facts) and found == noted
    against = {disk.name: _against(disk, facts, resume=resume) for disk, _ in found}
    blockers = [
        Blocker(
            "disk-not-blank", f"{name} ({described(disk)}) is not formatted: {'; '.join(against[disk.name])}", _fix(disk, facts)
        )
        for disk, name in found
        if against[disk.name]
    ]
    blockers += _several(case, [disk for disk, _ in found])
    if blockers:
        return None, tuple(blockers)
    lost = next((why for disk, _ in found if (why := lost_at_stop(disk))), "")
    return SetUp(mount, found, _filesystem(case, found), format=True, resume=resume, ephemeral=lost), ()


def _fix(disk: BlockDevice, facts: HostFacts) -> str:
    """What the user can do. Whoever named the wrong disk is not told to wipe it."""
    if hopeless(disk, facts):
        return "name another disk, since wiping this one would not change that"
    if isinstance(system_disks(facts), Missing):
        return "no disk is formatted here; set one up by hand and name a directory on it: --set models.path=/data/models"
    if in_use(disk, facts):
        free = "unmount it, switch its swap off, stop what is built on it, take its lines out of /etc/fstab and /etc/crypttab"
        return f"if nothing on it is needed, take it out of use first ({free}), {WIPE}"
    return f"if nothing on it is needed, {WIPE}"


def _same(noted: tuple[tuple[BlockDevice, str], ...], found: tuple[tuple[BlockDevice, str], ...]) -> bool:
    return {disk.name for disk, _ in noted} == {disk.name for disk, _ in found}


def _against(disk: BlockDevice, facts: HostFacts, *, resume: bool) -> tuple[str, ...]:
    """A format that was cut off leaves data and half a signature of its own. The role tells them from others', by UUID."""
    prepared = ours.note(facts)
    if not resume or prepared is None:
        return objections(disk, facts)
    own = {prepared.filesystem, "linux_raid_member"} if prepared.array_uuid else {prepared.filesystem}
    strange = () if isinstance(disk.signatures, Missing) else tuple(kind for kind in disk.signatures if kind not in own)
    found = in_use(disk, facts)
    if prepared.array_uuid:  # its array may be there already, and lies on each of its disks
        array = ("md", f"{disk.name} is held by md", "it is a member of a RAID array")
        found = tuple(one for one in found if not one.startswith(array))
    return (*found, *(f"it carries a signature of something else: {kind}" for kind in strange))


def _several(case: Case, disks: list[BlockDevice]) -> list[Blocker]:
    raid = case.wish("model_storage_raid0") is True
    if len(disks) > 1 and not raid:
        fix = "name one; or join them with --set model_storage.raid0=true, and lose everything when one of them fails"
        return [Blocker("disk-several", f"--format names {len(disks)} disks, and one file system lies on one", fix)]
    if raid and len(disks) == 1:
        message = "model_storage.raid0 is set, and --format names one disk"
        return [Blocker("disk-single", message, "name two or more, or leave it out")]
    if len({disk.size_bytes for disk in disks}) > 1:
        sizes = ", ".join(gib(disk.size_bytes) for disk in disks)
        return [Blocker("disk-sizes", f"disks of a RAID0 have to be of one size, and these are {sizes}", "name equal disks")]
    return []


def _filesystem(case: Case, found: tuple[tuple[BlockDevice, str], ...]) -> str:
    wish = case.wish("model_storage_filesystem")
    if wish in FILESYSTEMS:
        return str(wish)
    card = any(disk.name.startswith("mmcblk") for disk, _ in found)
    return "ext4" if card else "xfs"


def _unknown(facts: HostFacts, name: str) -> Blocker:
    disks = () if isinstance(facts.disks, Missing) else facts.disks
    part = next((one for one in disks if name in one.by_id), None)
    if part is not None:
        return Blocker("disk-partition", f"{name} is a {part.type}, not a whole disk", "name the disk that it lies on")
    links = sorted(one for disk in disks if disk.type == "disk" for one in disk.by_id)
    fix = f"it has {', '.join(links)}" if links else "it has no disk with a link in /dev/disk/by-id"
    return Blocker("disk-unknown", f"{facts.host} has no disk {name}", fix)

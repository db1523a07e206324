"""The storage decision in one place: what is taken, and of every disk why it is or is not."""

from rigprov.disks.blank import objections
from rigprov.disks.kinds import link, lost_at_stop, over_network
from rigprov.model.host import BlockDevice
from rigprov.model.plan import DiskVerdict, PlannedStorage
from rigprov.plan.case import Case
from rigprov.plan.storage import ours
from rigprov.plan.storage.advice import unused_room
from rigprov.plan.storage.place import Place

_NO_DISKS = ("loop", "ram", "zram", "nbd", "sr", "fd", "dm-", "md", "mtd")


def summary(case: Case, place: Place) -> PlannedStorage:
    """What `rigprov plan` tells about storage."""
    made, mount = place.set_up, place.mount
    advice = unused_room(case.facts)
    disks = [disk for disk in ours.devices(case.facts) if disk.type == "disk" and not disk.name.startswith(_NO_DISKS)]
    return PlannedStorage(
        kind=place.kind,
        path=place.path,
        mount=mount.target if mount else "",
        reason=place.reason,
        devices=tuple(known for _, known in made.disks) if made else (),
        filesystem=mount.filesystem if mount else "",
        options=mount.options if mount else (),
        owner="root",
        group=str(case.wish("model_storage_group") or "models"),
        format=bool(made and made.format),
        raid0=bool(made and len(made.disks) > 1),
        ephemeral=place.ephemeral,
        disks=tuple(_verdict(case, place, disk) for disk in sorted(disks, key=lambda disk: (disk.by_id, disk.name))),
        advice=(advice,) if advice else (),
    )


def _verdict(case: Case, place: Place, disk: BlockDevice) -> DiskVerdict:
    taken = place.set_up is not None and disk.name in {one.name for one, _ in place.set_up.disks}
    against = objections(disk, case.facts)
    if taken:
        assert place.set_up is not None  # noqa: S101 - for mypy; it is what `taken` says
        said = "you named it, and it is blank" if place.set_up.format else "it carries the models' file system"
        reasons: tuple[str, ...] = ("you named it, and formatting it was cut off" if place.set_up.resume else said,)
    elif against:
        reasons = against
    else:
        reasons = (f"it is blank, and you did not name it: --format {link(disk)}",)
    notes = [why for why in (lost_at_stop(disk), "it comes over the cloud's network" if over_network(disk) else None) if why]
    return DiskVerdict(
        name=disk.name,
        device=link(disk),
        model=disk.model or "",
        size_bytes=disk.size_bytes,
        verdict="taken" if taken else "not_taken" if against else "blank",
        reasons=(*reasons, *notes),
    )

"""What /etc/fstab says of the place for models: a mount that is missing now, or one that will be after the next boot."""

from rigprov.model.host import FstabEntry
from rigprov.model.missing import Missing
from rigprov.model.plan import Blocker
from rigprov.plan.case import Case
from rigprov.plan.storage import ours
from rigprov.plan.storage.mounted import LOCAL
from rigprov.plan.storage.place import LABEL, Place, inside


def _lines(case: Case) -> tuple[FstabEntry, ...]:
    """Lines that mount something by themselves, but for the models' own disk. A container's table is read by nobody."""
    if case.environment.kind in ("container", "wsl2") or isinstance(case.facts.claims.fstab, Missing):
        return ()
    prepared = ours.note(case.facts)
    known = {f"UUID={device.uuid}" for device in ours.devices(case.facts) if device.label == LABEL and device.uuid}
    known |= {f"UUID={prepared.uuid}"} if prepared else set()
    return tuple(
        line
        for line in case.facts.claims.fstab
        if line.target.startswith("/") and line.source not in known and "x-systemd.automount" not in line.options
    )


def missing(case: Case, place: Place) -> tuple[Blocker, ...]:
    """A line for the place that is not mounted: what is put there now is hidden later, or the line is in the disk's way."""
    if isinstance(case.facts.mounts, Missing):
        return ()
    mounted = {mount.target for mount in case.facts.mounts}
    lines = [line for line in _lines(case) if line.target.rstrip("/") not in {*mounted, ""}]
    if place.set_up:
        here = (
            None if place.set_up.mounted else next((one for one in lines if one.target.rstrip("/") == place.set_up.mount), None)
        )
        fix = "take that line out, or set model_storage.mount to another directory"
        return (Blocker("disk-mount-taken", f"/etc/fstab mounts {here.source} on {here.target} already", fix),) if here else ()
    on = place.mount.target if place.mount else "/"
    line = next((one for one in lines if inside(place.path, one.target) and not inside(on, one.target)), None)
    if line is None:
        return ()
    message = f"/etc/fstab mounts {line.source} on {line.target}, and it is not mounted: models would be hidden once it is"
    fix = f"`mount {line.target}`, take that line out, or name another directory: --set models.path=/opt/models"
    return (Blocker("models-not-mounted", message, fix),)


def by_hand(case: Case, place: Place) -> tuple[str, ...]:
    """A file system that no line mounts at boot. ZFS mounts its own."""
    mount = place.mount
    if place.set_up or mount is None or mount.target == "/" or mount.filesystem not in LOCAL or mount.filesystem == "zfs":
        return ()
    if case.environment.kind in ("container", "wsl2") or isinstance(case.facts.claims.fstab, Missing):
        return ()
    if any((line.target.rstrip("/") or "/") == mount.target for line in case.facts.claims.fstab):
        return ()
    what = f"no line of /etc/fstab mounts {mount.source} on {mount.target}"
    return (f"{what}: unless something else does, the models are not there after the next boot",)

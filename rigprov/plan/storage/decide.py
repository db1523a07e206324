"""Values of the role `model_storage`, and what is to be said about the place."""

from rigprov.disks.blank import blank_disks
from rigprov.disks.kinds import described, link, lost_at_stop
from rigprov.model.plan import Blocker, Chosen, Decision, Destructive
from rigprov.plan.case import Case, gib
from rigprov.plan.storage import table
from rigprov.plan.storage.advice import unused_room
from rigprov.plan.storage.mounted import NETWORK
from rigprov.plan.storage.place import Place, SetUp, inside

LARGE_DISK_GIB = 200


def decide(case: Case, place: Place) -> Decision:
    """Values, blockers, warnings, and what is destructive."""
    values = {"model_storage_path": Chosen(place.path, place.reason), **_moving(case, place)}
    if place.set_up:
        values |= _disk(place.set_up)
    return Decision(
        values=values,
        blockers=(*place.blockers, *_blockers(case, place)),
        warnings=_warnings(case, place),
        destructive=_destructive(case, place),
        reason=_reason(place),
    )


def _reason(place: Place) -> str:
    if place.set_up and place.set_up.format:
        what = f"{'finish formatting' if place.set_up.resume else 'format'} {_links(place.set_up)} as {place.set_up.filesystem}"
        return f"{what}, mount it on {place.set_up.mount}; directory {place.path}, shared by the group that may use models"
    where = f"on {place.mount.target} ({gib(place.mount.free_bytes)} free)" if place.mount else "on a file system not known"
    return f"directory {place.path} {where}, shared by the group that may use models"


def _links(set_up: SetUp) -> str:
    return " and ".join(known for _, known in set_up.disks)


def _disk(set_up: SetUp) -> dict[str, Chosen]:
    disks = [{"device": known, "serial": disk.serial or "", "size_bytes": disk.size_bytes} for disk, known in set_up.disks]
    named = "you named it, and nothing is on it" if set_up.format else "it carries the models' file system"
    model = next((disk.model or "" for disk, _ in set_up.disks if lost_at_stop(disk)), "")
    by_model = "by which such disks are found after a stop" if model else "not such a disk"
    several = len(disks) > 1
    return {
        "model_storage_mount": Chosen(set_up.mount, "where the disk for models is mounted"),
        "model_storage_devices": Chosen(disks, named),
        "model_storage_format": Chosen(set_up.format, "as agreed with --format" if set_up.format else "it is formatted already"),
        "model_storage_filesystem": Chosen(set_up.filesystem, _why(set_up)),
        "model_storage_mount_options": Chosen(",".join(set_up.options), "a machine starts without its models, too"),
        "model_storage_raid0": Chosen(several, "several disks as one" if several else "one disk"),
        "model_storage_ephemeral": Chosen(bool(set_up.ephemeral), set_up.ephemeral or "what is on the disk stays"),
        "model_storage_ephemeral_model": Chosen(model, by_model),
    }


def _why(set_up: SetUp) -> str:
    if not set_up.format:
        return "as it is"
    return "few writes, for a memory card" if set_up.filesystem == "ext4" else "quick with files of many gigabytes"


def _moving(case: Case, place: Place) -> dict[str, Chosen]:
    """A disk that is mounted over the directory in use takes its contents along."""
    wish = case.wish("model_storage_move_from")
    if wish is not None:
        return {"model_storage_move_from": Chosen(str(wish), "`model_storage_move_from` is set")}
    if place.set_up and not place.set_up.mounted:
        return {"model_storage_move_from": Chosen(place.path, "what lies there now moves to the disk")}
    return {}


def _blockers(case: Case, place: Place) -> tuple[Blocker, ...]:
    found = [*table.missing(case, place)]
    for name in ("model_storage_format", "model_storage_devices"):
        if case.wishes.get(name) is not None:
            fix = "leave it out, and name the disk with --format /dev/disk/by-id/... (in playbooks: rigprov_format)"
            found.append(Blocker("disk-by-value", f"{name} is set, and disks are named in one way only", fix))
    if place.mount is not None and "ro" in place.mount.options:
        message = f"{place.mount.target}, where {place.path} would lie, is mounted read-only"
        found.append(Blocker("models-read-only", message, f"mount -o remount,rw {place.mount.target}, or name another directory"))
    return tuple(found)


def _destructive(case: Case, place: Place) -> tuple[Destructive, ...]:
    found = []
    if place.set_up and place.set_up.format:
        for disk, known in place.set_up.disks:
            what = f"format {known} ({described(disk)}) as {place.set_up.filesystem}"
            found.append(Destructive("model_storage", what, f"--format {known}", given=True))
    if case.wish("model_storage_remove_old") is True:
        what = f"remove the old directory that was kept beside {case.wish('model_storage_move_from') or place.path}"
        found.append(Destructive("model_storage", what, "--set model_storage.remove_old=true", given=True))
    return tuple(found)


def _warnings(case: Case, place: Place) -> tuple[str, ...]:
    found = []
    if place.mount is None:
        found.append(f"the file system under {place.path} is not known, so its free space is checked only while the role runs")
    elif place.mount.filesystem in NETWORK:
        found.append(f"{place.path} lies on {place.mount.filesystem}: models load at the speed of the network")
    if place.ephemeral:
        keep = "keep on it only what can be downloaded again; the next `rigprov apply` fetches the models"
        found.append(f"{place.ephemeral}: {keep}")
    found += table.by_hand(case, place)
    if place.mount is not None and place.mount.target == "/":
        found += _root_disk(case)
    if elsewhere := _elsewhere(place):
        fix = f"--set model_storage.move_from={elsewhere} copies them, otherwise they are fetched again"
        found.append(f"models lie in {elsewhere} and are to lie in {place.path}: {fix}")
    return tuple(found)


def _root_disk(case: Case) -> list[str]:
    found = []
    spare = [disk for disk in blank_disks(case.facts) if disk.size_bytes >= LARGE_DISK_GIB * 10**9]
    if spare and not case.consent.format:
        name = link(spare[0])
        found.append(f"{described(spare[0])}, is blank and stays unused; it is formatted for models with --format {name}")
    if advice := unused_room(case.facts):
        found.append(advice)
    return found


def _elsewhere(place: Place) -> str:
    """Directory with model files, where none lies in the chosen one; "": there is none."""
    if any(inside(path, place.path) for path in place.present):
        return ""
    return next((path.rpartition("/")[0] for path in sorted(place.present)), "")

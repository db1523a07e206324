"""What is to be done with the disks: nothing, adopt what is on them, format, or finish what was cut off. Reads only."""

import disk
import host
import proof
import record


def decide(wants, before):
    """What is to be done, and the UUIDs of file system and array as far as they are known."""
    devices = [one["device"] for one in wants["devices"]]
    names = " and ".join(devices)
    for one in wants["devices"]:
        proof.identify(one)
    array = disk.member_of(devices) if wants["raid0"] else ""
    node = disk.target(devices, array) if array or not wants["raid0"] else ""
    seen = disk.signature(node) if node else {}
    same = bool(before) and record.same_disks(before["disks"], wants["devices"])
    if before and before["state"] == "done":
        if seen.get("UUID") == before["uuid"]:
            return again(wants, before, names)
        if not same:
            refuse_another(before, names)
        if array and disk.digits(before.get("array_uuid")) == array and not node:
            return "adopt", before["uuid"], before["array_uuid"]
    if not wants["format"]:
        return adoptable(names, seen, array)
    if before and before["state"] == "formatting" and same:
        if not before.get("array_uuid"):  # an array has to be stopped first, which is not done here
            proof.prove(wants["devices"][0], [before["uuid"]])
        return "resume", before["uuid"], before.get("array_uuid", "")
    prove_all(wants, names)
    return "format", before["uuid"] if before and same else "", ""


def again(wants, before, names):
    """The file system is there, as it was recorded."""
    if before["mount"] != wants["mount"]:
        raise host.RefusedError(
            "%s is mounted at %s for models. To have it at %s, roll back model_storage first; the files stay"
            % (names, before["mount"], wants["mount"])
        )
    return "", before["uuid"], before.get("array_uuid", "")


def refuse_another(before, names):
    """Another disk than the one that is in use for models."""
    raise host.RefusedError(
        "%s was set up for models, and now %s is named. Roll back model_storage first (the files stay), or name that disk"
        % (" and ".join(one["device"] for one in before["disks"]), names)
    )


def prove_all(wants, names):
    """The disks are blank, and fit one another."""
    if wants["raid0"] and len({int(one["size_bytes"]) for one in wants["devices"]}) > 1:
        raise host.RefusedError("%s differ in size, and RAID 0 joins equal disks only; name equal ones, or one alone" % names)
    for one in wants["devices"]:
        proof.prove(one)


def adoptable(names, seen, array):
    """A file system of an earlier installation is mounted, and never formatted."""
    if array and not seen:
        return "adopt", "", array  # it does not run yet; what it carries is seen when it does
    if seen.get("LABEL") == disk.LABEL and seen.get("TYPE") in ("xfs", "ext4"):
        return "adopt", seen["UUID"], array
    carries = "%s without the label %s" % (seen["TYPE"], disk.LABEL) if seen.get("TYPE") else "no file system"
    raise host.RefusedError("%s carries %s and may not be formatted. Allow it with --format, or name another" % (names, carries))

"""At boot: a disk for models that came back blank is formatted again, with the UUID that it had. Otherwise nothing is done.

The cloud's local disks are blank after a stop, and may have other names. Whatever is not exactly the disk that was recorded has
to be of the recorded model and size, as many as there were, and proved blank.
"""

import contextlib
import glob
import grp
import json
import os
import time

import disk
import format as formatting
import host
import mountpoint
import proof
import record

AT = "/run/rigprov-models-new"
PATIENCE_S = 10


def main(wants):
    """What was done, or why nothing was, in a sentence for the journal."""
    note = record.load(record.DISK)
    if note is None:
        return "nothing to do: no disk for models is recorded"
    host.settle()
    if note["state"] == "done" and os.path.exists("/dev/disk/by-uuid/" + note["uuid"]):
        return "nothing to do: the file system %s is there" % note["uuid"]
    disks = patiently(note["disks"], wants["model"])
    if note["state"] == "done" and any(disk.signature(one["device"]).get("UUID") == note["uuid"] for one in disks):
        return "nothing to do: the file system %s is there" % note["uuid"]
    order = {key: note.get(key, "") for key in ("uuid", "array_uuid", "filesystem", "mount")}
    formatting.main({**order, "do": "format", "disks": disks, "raid0": bool(note.get("array_uuid"))})
    make_directories(wants, disk.target([one["device"] for one in disks], note.get("array_uuid", "")))
    host.run("systemctl", "start", "--no-block", mountpoint.unit(note["mount"]))
    return "%s was blank and is formatted again; the next `rigprov apply` fetches the models" % disks[0]["device"]


def patiently(disks, model):
    """The disks, for which the kernel may take some seconds."""
    for _ in range(PATIENCE_S):
        with contextlib.suppress(host.RefusedError):
            return recorded(disks) or alike(disks, model)
        time.sleep(1)
    return recorded(disks) or alike(disks, model)


def recorded(disks):
    """The recorded disks, if they are all there."""
    try:
        for one in disks:
            proof.identify(one)
    except host.RefusedError:
        return []
    return disks


def alike(disks, model):
    """Disks of the recorded model and sizes, if there are exactly as many."""
    if not model:
        raise host.RefusedError("the recorded disk is not there, and no model is known by which another could be told")
    columns = "KNAME,TYPE,MODEL,SERIAL,SIZE"
    listing = json.loads(host.must("lsblk", "--nodeps", "--json", "--bytes", "--output", columns))["blockdevices"]
    sizes = {int(one["size_bytes"]) for one in disks}
    found = [
        {"device": by_id(one["kname"]), "serial": (one.get("serial") or "").strip(), "size_bytes": int(one["size"])}
        for one in listing
        if one["type"] == "disk" and (one.get("model") or "").strip() == model and int(one["size"]) in sizes
    ]
    if len(found) != len(disks) or not all(one["device"] and one["serial"] for one in found):
        raise host.RefusedError(
            '%d disks of model "%s" and the recorded size are there, not %d' % (len(found), model, len(disks))
        )
    return found


def by_id(name):
    """A lasting name of a disk: by its world-wide number where it has one."""
    links = [path for path in glob.glob("/dev/disk/by-id/*") if os.path.realpath(path) == "/dev/" + name]
    return min(links, key=lambda path: (not os.path.basename(path).startswith(("nvme-eui.", "wwn-")), path), default="")


def make_directories(wants, node):
    """The directories of the role on the new file system, before anybody sees it (the unit has mounts of its own)."""
    os.makedirs(AT, mode=0o700, exist_ok=True)
    host.must("mount", node, AT)
    group = grp.getgrnam(wants["group"]).gr_gid
    top = os.path.normpath(os.path.join(AT, os.path.relpath(wants["path"], wants["mount"])))
    for path in [top, *(os.path.join(top, name) for name in wants["caches"])]:
        os.makedirs(path, exist_ok=True)
        os.chown(path, 0, group)
        os.chmod(path, 0o2775)  # noqa: S103  (as the role makes them)
    host.must("umount", AT)

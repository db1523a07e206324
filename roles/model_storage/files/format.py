"""Make the file system for models, on disks that are proved blank right before.

The UUIDs are chosen and written down first. Cut off anywhere, the next run knows what it may find: nothing, or the traces of
these very UUIDs. A file system that was finished is kept, with whatever is in it.
"""

import contextlib
import fcntl
import os
import time
import uuid as uuids

import disk
import host
import proof
import record

LOCK = "/run/rigprov-model-disk.lock"
PATIENCE_S = 60


def main(wants):
    """Format, finish what was cut off, or adopt; the record then says done."""
    with alone():
        host.settle()
        before = record.load(record.DISK)
        return adopt(wants, before) if wants["do"] == "adopt" else make(wants, before)


@contextlib.contextmanager
def alone():
    """One run at a time."""
    with open(LOCK, "w", encoding="utf-8") as lock:
        hold(lock, "another run of rigprov formats a disk at present (%s is locked); wait for it" % LOCK)
        yield


def hold(file, message):
    """An exclusive lock, for which somebody may have to be waited for."""
    for _ in range(PATIENCE_S * 10):
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.1)
    raise host.RefusedError(message)


def adopt(wants, before):
    """Write down the file system that the disks carry already. They are not written to."""
    devices = [one["device"] for one in wants["disks"]]
    array = disk.member_of(devices) if wants["raid0"] else ""
    node = disk.start_array(devices, array) if array else disk.target(devices, "")
    seen = disk.signature(node) if node else {}
    wanted = (before or {}).get("uuid")
    if not seen.get("UUID") or (seen["UUID"] != wanted and seen.get("LABEL") != disk.LABEL):
        raise host.RefusedError("%s carries no file system labelled %s" % (" and ".join(devices), disk.LABEL))
    finish(wants, {"filesystem": seen["TYPE"], "uuid": seen["UUID"], "array_uuid": array})
    return {"changed": True, "uuid": seen["UUID"]}


def make(wants, before):
    """Prove, write down, make the file system, look at it, write down that it is done."""
    begun = bool(before) and before["state"] == "formatting" and record.same_disks(before["disks"], wants["disks"])
    resumed = before if begun else None
    values = {
        "filesystem": wants["filesystem"],
        "uuid": (resumed or wants).get("uuid") or str(uuids.uuid4()),
        "array_uuid": (resumed or wants).get("array_uuid") or (str(uuids.uuid4()) if wants["raid0"] else ""),
    }
    devices = [one["device"] for one in wants["disks"]]
    if resumed and values["array_uuid"]:
        disk.stop_array(values["array_uuid"])
    with contextlib.ExitStack() as locks:
        for device in devices:  # udev looks at no disk that is locked
            locks.callback(os.close, handle := os.open(device, os.O_RDONLY | os.O_CLOEXEC))
            hold(handle, "%s is locked by another program" % device)
        for one in wants["disks"]:
            proof.prove(one, [values["uuid"], values["array_uuid"]] if resumed else ())
        if not resumed:
            record.save(record.DISK, {"state": "formatting", **values, "disks": wants["disks"], "mount": wants["mount"]})
        if wants["raid0"]:
            locks.close()  # the array comes and goes by udev
        if not (resumed and finished(devices, resumed)):
            node = disk.create_array(devices, values["array_uuid"]) if wants["raid0"] else devices[0]
            mkfs(node, values, force=bool(resumed))
    host.settle()
    node = disk.target(devices, values["array_uuid"])
    if disk.signature(node).get("UUID") != values["uuid"]:
        raise host.RefusedError("%s does not show the file system that was just made; see the kernel's log (dmesg)" % node)
    finish(wants, {**values, "filesystem": disk.signature(node)["TYPE"]})
    return {"changed": True, "uuid": values["uuid"]}


def mkfs(node, values, *, force):
    """The file system, on the whole device. `force` only over what a run that was cut off left of this very one."""
    if values["filesystem"] == "xfs":
        words = ["mkfs.xfs", "-q", "-m", "uuid=" + values["uuid"], "-L", disk.LABEL] + ["-f"] * force
    else:
        words = ["mkfs.ext4", "-q", "-U", values["uuid"], "-L", disk.LABEL, "-m", "0", "-T", "largefile4"] + ["-F"] * force
    host.must(*words, node)


def finished(devices, resumed):
    """Whether the run that was cut off had come to the end of mkfs: then nothing is made again."""
    array = resumed.get("array_uuid", "")
    if array and disk.member_of(devices) != disk.digits(array):
        return False
    node = disk.start_array(devices, array) if array else devices[0]
    seen = disk.signature(node)
    if seen.get("UUID") == resumed["uuid"]:
        check = ["xfs_repair", "-n"] if seen.get("TYPE") == "xfs" else ["e2fsck", "-f", "-n"]
        # One that is not in order may have been mounted by hand and be full of files.
        if host.run(*check, node).returncode == 0 or holds_files(node):
            return True
    if array:
        disk.stop_array(array)
    return False


def holds_files(node):
    """Whether it can be mounted and holds anything."""
    script = 'mount -o ro "$1" /mnt && ls -A /mnt'
    done = host.run("unshare", "--mount", "sh", "-c", script, "sh", node)
    return done.returncode == 0 and bool(set(done.stdout.split()) - {"lost+found"})


def finish(wants, values):
    """All is on the disk."""
    record.save(record.DISK, {"state": "done", **values, "disks": wants["disks"], "mount": wants["mount"]})

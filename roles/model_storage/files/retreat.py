"""Take the disk for models out of use again. What is on it stays."""

import contextlib
import os

import disk
import fstab
import host
import mountpoint
import record
import users


def main(wants):
    """Unmount, take the line out of fstab, and make the mount point an ordinary directory."""
    note = record.load(record.DISK)
    if note is None:
        return {"changed": False, "array": False}
    mount = note.get("mount", "")
    if mount:
        unmount(mount, note)
    text = host.read(fstab.PATH)
    if (rest := fstab.without_block(text)) != text:
        fstab.put(rest, judged=False)
        host.must("systemctl", "daemon-reload")
    if mount and not mountpoint.mounted(mount):
        mountpoint.unseal(mount)
        with contextlib.suppress(OSError):
            os.rmdir(mount)
    return {"changed": True, "array": bool(note.get("array_uuid"))}


def unmount(mount, note):
    """Unmount our file system, if nobody uses it."""
    node = disk.target([one["device"] for one in note["disks"]], note.get("array_uuid", ""))
    found = mountpoint.mounted(mount)
    if not found or found[0] != disk.number(node):
        return
    if busy := users.of_directory(mount):
        raise host.RefusedError("%s is in use by %s. Stop them and run again; nothing was changed" % (mount, ", ".join(busy)))
    done = host.run("systemctl", "stop", mountpoint.unit(mount))
    if mountpoint.mounted(mount):
        said = done.stderr.strip() or "a container or another mount may hold it"
        raise host.RefusedError("%s could not be unmounted (%s)" % (mount, said))

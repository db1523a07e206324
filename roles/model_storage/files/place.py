"""The mount point and fstab: what stands in the way there. Reads only."""

import os

import disk
import fstab
import host
import mountpoint


def judge_mount(wants, node, *, moves):
    """Whether our file system is mounted there already. Refuse what stands in the way."""
    mount = wants["mount"]
    if link := mountpoint.link_in(mount):
        raise host.RefusedError("%s is a symbolic link; name the place itself (%s)" % (link, os.path.realpath(mount)))
    if found := mountpoint.mounted(mount):
        if found[0] != disk.number(node):
            raise host.RefusedError("something else is mounted at %s (%s). Unmount it, or name another place" % (mount, found[1]))
        if mountpoint.read_only(mount):
            raise host.RefusedError(
                "%s is mounted read-only; see the kernel's log, and `mount -o remount,rw %s`" % (mount, mount)
            )
        return True
    if mountpoint.read_only(mount) or mountpoint.read_only("/etc"):
        raise host.RefusedError("%s or /etc lies on a file system that is mounted read-only; remount it first" % mount)
    if os.path.lexists(mount) and not os.path.isdir(mount):
        raise host.RefusedError("%s exists and is not a directory; move it away" % mount)
    if os.path.isdir(mount) and not (moves and wants["move_from"] == mount):
        judge_bare(mount)
    return False


def judge_bare(mount):
    """A mount point is an empty directory of root's."""
    if os.listdir(mount):
        raise host.RefusedError(
            "%s holds files, which the disk would hide. Have them moved (model_storage_move_from), or move them away" % mount
        )
    if os.stat(mount).st_uid != 0:
        raise host.RefusedError(
            "%s does not belong to root, so another could write there while the disk is away: chown root" % mount
        )


def judge_fstab(wants, uuid, kind):
    """Our line; empty where a line of the user's own does the same."""
    text = host.read(fstab.PATH)
    if found := fstab.faults(fstab.without_block(text)):
        raise host.RefusedError("/etc/fstab is not in order, so it is not touched: %s. Mend it first" % found)
    if source := fstab.elsewhere(text, wants["mount"]):
        if uuid and source == "UUID=" + uuid:
            return ""
        raise host.RefusedError(
            "/etc/fstab mounts %s at %s already. Take that line out, or name another" % (source, wants["mount"])
        )
    return fstab.line(uuid, wants["mount"], kind, wants["options"]) if uuid else "UUID=new"

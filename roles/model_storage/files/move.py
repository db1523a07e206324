"""Move models to another place: copy, compare, and only then put the old directory aside. It is kept until told otherwise.

`main` runs in a mount namespace of its own (`unshare --mount`), where the new file system is mounted although nobody else sees
it yet; the mount goes with this process.
"""

import contextlib
import os
import shutil
import stat
import time

import copying
import disk
import format as formatting
import host
import mountpoint
import record
import users

AT = "/run/rigprov-models-new"
LOCK = "/run/rigprov-model-move.lock"
KEPT = ".before-rigprov"
ATTEMPTS = 3


def kept(source):
    """Where the old directory stays."""
    return source + KEPT


def pending(source, mount):
    """Whether anything is left to be moved from there."""
    if not source or not os.path.isdir(source) or os.path.islink(source):
        return False
    if mountpoint.mounted(mount) and users.inside(source, mount):
        return False  # it is the new place already
    return bool(os.listdir(source))


def hindrance(source, path, mount, disk_bytes):
    """What forbids the move, in a sentence; empty if nothing. `disk_bytes` is the size of a disk that is not formatted yet."""
    within = users.inside(path, source) or (mount and users.inside(source, mount))
    name = "model_storage_move_from " + source
    causes = (
        (mountpoint.link_in(source), name + " leads through a symbolic link; name the directory itself"),
        (mountpoint.mounted(source), name + " is itself a mount point, which cannot be put aside; name a directory in it"),
        (source != mount and within, "%s and the new place %s lie inside one another; name another" % (name, path)),
        (source == mount != path, "%s is to be the mount point, but models are to lie at %s" % (name, path)),
        (os.path.lexists(kept(source)), "%s is still there from an earlier move; move it away" % kept(source)),
        (mountpoint.read_only(os.path.dirname(source)), name + " lies on a file system that is mounted read-only"),
    )
    for stands, sentence in causes:
        if stands:
            return sentence
    size = sum(seen[3] for seen in copying.listing(source).values() if stat.S_ISREG(seen[0]))
    # What a file system takes for itself: a fiftieth is more than xfs and ext4 do; its log and journal come on top.
    if disk_bytes and size > disk_bytes - disk_bytes // 50 - (300 << 20):
        return "%s holds %d MiB, and the new disk only %d MiB in all" % (source, size >> 20, disk_bytes >> 20)
    return ""


def main(wants):
    """Copy and put aside, or remove what was put aside."""
    with open(LOCK, "w", encoding="utf-8") as lock:
        formatting.hold(lock, "another run of rigprov moves models at present (%s is locked); wait for it" % LOCK)
        return remove(wants["from"]) if wants["do"] == "remove" else move(wants)


def move(wants):
    """The whole way, from wherever a run before was cut off."""
    source, target = wants["from"], wants["path"]
    if wants["mount"] and not mountpoint.mounted(wants["mount"]):
        os.makedirs(AT, mode=0o700, exist_ok=True)
        host.must("mount", disk.target(wants["devices"], wants["array_uuid"]), AT)
        target = os.path.normpath(os.path.join(AT, os.path.relpath(wants["path"], wants["mount"])))
    os.makedirs(target, exist_ok=True)
    note = {"state": "copying", "from": source, "to": wants["path"], "uuid": wants["uuid"]}
    before = record.load(record.MOVE)
    ours = before is not None and all(before.get(key, "") == note[key] for key in ("from", "to", "uuid"))
    fresh = before.get("fresh") == "yes" if ours else not set(os.listdir(target)) - {"lost+found"}
    note["fresh"] = "yes" if fresh else "no"
    record.save(record.MOVE, note)
    names = copy(source, target, fresh=fresh)
    record.save(record.MOVE, {**note, "state": "switching", "switched_ns": time.time_ns()})
    os.rename(source, kept(source))
    host.sync_directory(os.path.dirname(source))
    return {"changed": True, "files": len(names), "kept": kept(source), "users": users.of_directory(kept(source))}


def copy(source, target, *, fresh):
    """Copy until the copy is right and nothing changed meanwhile."""
    need, free = copying.room(source, target)
    if need + copying.SPARE > free:
        raise host.RefusedError("%s needs %d MiB more at the new place, where %d MiB are free" % (source, need >> 20, free >> 20))
    for _ in range(ATTEMPTS):
        with contextlib.suppress(FileNotFoundError):  # one that somebody removed meanwhile
            names = copying.listing(source)
            copying.copy_tree(source, target, names, fresh=fresh)
            wrong = copying.differing(source, target, names)
            if wrong and not fresh:
                raise host.RefusedError("%s differs at the old and the new place; neither is touched" % wrong[0])
            for name in wrong:
                if not os.path.isdir(os.path.join(target, name)):
                    os.unlink(os.path.join(target, name))
            if not wrong and copying.listing(source) == names:
                return names
    raise host.RefusedError(
        "%s changes while it is copied. Stop what writes there (%s) and run again; what is copied stays copied"
        % (source, ", ".join(users.of_directory(source)) or "a download, for one")
    )


def remove(source):
    """Remove the directory that was put aside, unless somebody wrote to it since."""
    old, note = kept(source), record.load(record.MOVE) or {}
    if not os.path.isdir(old) or os.path.islink(old):
        return {"changed": False}
    if note.get("from") != source or not note.get("switched_ns"):
        raise host.RefusedError("%s was not put aside by rigprov, so it is not removed" % old)
    if busy := users.of_directory(old):
        raise host.RefusedError("%s is not removed: %s still use it; restart them" % (old, ", ".join(busy)))
    copying.listing(old)  # refuses where something is mounted in it
    for parent, _, files in os.walk(old):
        for name in files:
            path = os.path.join(parent, name)
            if max(os.lstat(path).st_mtime_ns, os.lstat(path).st_ctime_ns) > int(note["switched_ns"]):
                raise host.RefusedError("%s was written after the move; save it, then remove %s by hand" % (path, old))
    shutil.rmtree(old)
    return {"changed": True}

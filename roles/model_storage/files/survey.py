"""Compare a host with what the role wants there, and refuse before anything changes. Reads only.

What it finds is what is left to be done, so that a host on which all is in place costs few tasks.
"""

import os
import shutil

import begin
import directory
import disk
import fstab
import host
import mountpoint
import move
import place
import record

TOOLS = {"xfs": ("mkfs.xfs", "xfsprogs"), "ext4": ("mkfs.ext4", "e2fsprogs"), "raid0": ("mdadm", "mdadm")}


def main(wants):
    """Everything that the tasks go by."""
    found = {"directory": directory.look(wants), "disk": None, "move": False}
    if wants["mount"]:
        found["disk"] = survey_disk(wants)
    elif wants["move_from"] and move.pending(wants["move_from"], ""):
        found["move"] = movable(wants, 0)
    if found["disk"]:
        found["move"] = found["disk"].pop("move")
    directory.judge_accounts(wants, found["directory"])
    # What a mount or a move will bring is judged when it is there.
    if not found["move"] and not (found["disk"] and found["disk"]["start"]):
        directory.judge(wants, found["directory"])
    old = move.kept(wants["move_from"]) if wants["move_from"] else ""
    found["old"] = old if old and os.path.isdir(old) else ""
    return found


def survey_disk(wants):
    """What is left to be done for the disk, the mount point and fstab."""
    disks = {"disks": wants["devices"], "mount": wants["mount"], "raid0": wants["raid0"], "filesystem": wants["filesystem"]}
    before = record.load(record.DISK)
    do, uuid, array = begin.decide(wants, before)
    node = disk.target([one["device"] for one in wants["devices"]], array)
    moves = bool(wants["move_from"]) and move.pending(wants["move_from"], wants["mount"])
    mounted = place.judge_mount(wants, node, moves=moves)
    if moves:
        movable(wants, 0 if do in ("", "adopt") else sum(int(one["size_bytes"]) for one in wants["devices"]))
    kind = (disk.signature(node).get("TYPE") if node and do in ("", "adopt") else "") or wants["filesystem"]
    entry = place.judge_fstab(wants, uuid, kind)
    text = host.read(fstab.PATH)
    entered = (fstab.with_block(text, entry) if entry else fstab.without_block(text)) == text
    return {
        **disks,
        "do": do,
        "uuid": uuid,
        "array_uuid": array,
        "packages": [package for tool, package in tools(wants) if not shutil.which(tool, path=host.PATH)],
        "entry": entry,
        "kind": kind,
        "enter": not entered,
        "prepare": not os.path.isdir(wants["mount"]) or moves or mountpoint.sealed(wants["mount"]) is False,
        "start": not mounted,
        "move": moves,
        "array_entry": disk.array_entry(array) if array else "",
        "array_listed": listed(array),
        "trim": host.run("systemctl", "is-enabled", "fstrim.timer").stdout.strip() == "disabled",
        "unit": mountpoint.unit(wants["mount"]),
    }


def listed(array):
    """Whether the array is in mdadm.conf, and the initial RAM disk knows it too."""
    pending = os.path.exists(os.path.join(record.DIRECTORY, "initramfs-pending"))
    return not array or (disk.array_entry(array) in host.read("/etc/mdadm/mdadm.conf") and not pending)


def tools(wants):
    """Programs that are needed, and the packages that they come in."""
    return [TOOLS[wants["filesystem"]]] + [TOOLS["raid0"]] * bool(wants["raid0"])


def movable(wants, disk_bytes):
    """Refuse a move that cannot be carried through."""
    if found := move.hindrance(wants["move_from"], wants["path"], wants["mount"], disk_bytes):
        raise host.RefusedError(found)
    old = {**wants, "path": wants["move_from"]}  # whose owner and mode go along
    directory.judge(old, directory.look(old))
    return True

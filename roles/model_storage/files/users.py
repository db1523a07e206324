"""Who uses a disk or a directory. Reads only."""

import glob
import os
import re

import host


def mounts():
    """Mounts as (device number, target, type, options, source), in the order in which they lie over one another."""
    found = []
    for line in host.read("/proc/self/mountinfo").splitlines():
        before, _, after = line.partition(" - ")
        one, kind = before.split(), after.split()
        found.append((one[2], unescape(one[4]), kind[0], one[5], unescape(kind[1])))
    return found


def unescape(text):
    """Octal escapes of /proc and fstab."""
    return re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), text)


def of_disk(device, name, ours=()):
    """What uses the disk, in words; empty if nothing does."""
    checks = (held, mounted, swapped, in_array, in_lvm, in_zfs)
    names = aliases(name)
    return next(filter(None, [*(check(name, names) for check in checks), *(listed(names, table, ours) for table in TABLES)]), "")


TABLES = ("/etc/fstab", "/etc/crypttab")


def aliases(name):
    """All paths of the disk."""
    node = "/dev/" + name
    links = (path for path in glob.glob("/dev/disk/*/*") + glob.glob("/dev/mapper/*") if os.path.realpath(path) == node)
    return [node, *links]


def belongs(path, names):
    """Whether a path is one of the names, or a partition of it, also one that is not there at present."""
    path = os.path.realpath(path) if os.path.exists(path) else path
    return any(re.fullmatch(re.escape(one) + partition(one), path) for one in names)


def partition(disk):
    """Pattern of what follows a disk's name in those of its partitions."""
    if disk.startswith("/dev/disk/"):
        return r"(-part\d+)?"
    return r"(p\d+)?" if disk[-1].isdigit() else r"(\d+)?"


def held(name, names):
    holders = os.listdir("/sys/class/block/%s/holders" % name)
    return "%s is built on it" % ", ".join(sorted(holders)) if holders else ""


def mounted(name, names):
    number = host.read("/sys/class/block/%s/dev" % name).strip()
    places = [target for at, target, _, _, source in mounts() if at == number or belongs(source, names)]
    return "it is mounted at %s" % places[0] if places else ""


def swapped(name, names):
    areas = [line.split()[0] for line in host.read("/proc/swaps").splitlines()[1:]]
    return "it is swap" if any(belongs(unescape(area), names) for area in areas) else ""


def in_array(name, names):
    members = re.findall(r"(\S+)\[\d+\]", host.read("/proc/mdstat"))
    return "it is part of an array (/proc/mdstat)" if any(belongs("/dev/" + one, names) for one in members) else ""


def in_lvm(name, names):
    done = host.run("pvs", "--noheadings", "--options", "pv_name")
    if done.returncode == 127:  # noqa: PLR2004  (there is no LVM here)
        return ""
    if done.returncode != 0:
        raise host.RefusedError("`pvs` failed (%s), so it is not known which disks LVM uses" % done.stderr.strip())
    volumes = map(str.strip, done.stdout.splitlines())
    return "it is a physical volume of LVM" if any(belongs(one, names) for one in volumes) else ""


def in_zfs(name, names):
    if not os.path.isdir("/sys/module/zfs"):
        return ""  # nothing can be in use by what is not loaded; labels are seen on the disk
    done = host.run("zpool", "status", "-P")
    if done.returncode != 0:
        raise host.RefusedError("`zpool status` failed (%s), so it is not known which disks ZFS uses" % done.stderr.strip())
    devices = [line.split()[0] for line in done.stdout.splitlines() if line.strip().startswith("/dev/")]
    return "it is part of a ZFS pool" if any(belongs(one, names) for one in devices) else ""


def listed(names, table, ours):
    """A line of fstab or crypttab that means the disk."""
    column = 1 if table.endswith("crypttab") else 0
    for line in host.read(table).splitlines():
        fields = line.split()
        if len(fields) <= column or fields[0].startswith("#"):
            continue
        means = unescape(fields[column]).replace('"', "")
        kind, mark, value = means.partition("=")
        if mark and kind == "UUID" and value in ours:
            continue
        path = "/dev/disk/by-%s/%s" % (kind.lower(), value) if mark else means
        if belongs(path, names):
            return "%s names it (%s)" % (table, means)
    return ""


def of_directory(directory):
    """Processes with open files in the directory, as "name (pid)"."""
    found = []
    for process in glob.glob("/proc/[0-9]*"):
        if process != "/proc/%d" % os.getpid() and any(inside(path, directory) for path in open_paths(process)):
            found.append("%s (%s)" % (host.read(process + "/comm").strip() or "?", os.path.basename(process)))
    return sorted(found)


def open_paths(process):
    """Paths that a process has open, stands in, or has mapped."""
    for link in [process + "/cwd", process + "/root", *glob.glob(process + "/fd/*")]:
        try:
            yield os.readlink(link)
        except OSError:
            continue  # it ended meanwhile
    for line in host.read(process + "/maps").splitlines():
        yield line.split(None, 5)[5] if len(line.split(None, 5)) > 5 else ""  # noqa: PLR2004  (the sixth column)


def inside(path, directory):
    return path == directory or path.startswith(directory.rstrip("/") + "/")

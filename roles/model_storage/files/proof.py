"""Prove that a disk is blank and that nothing uses it. What cannot be read is not blank. Reads only.

A signature is only the last thing that data has: a file system whose first blocks were overwritten shows none to `wipefs` or
`blkid`, and its files can still be saved. So the places where file systems and arrays keep their spare superblocks are read, and
samples of everything else; all must be zeros.
"""

import glob
import json
import os

import host
import users

MIB = 1 << 20
EDGE = 8 * MIB  # labels and headers, spare ones too: LUKS2 up to 8 MiB, ZFS, GPT, md 0.90 and 1.0 at the end
SAMPLES, SAMPLE = 64, 64 * 1024
EXT_BLOCKS = (1024, 2048, 4096, 65536)
EXT_MAGIC, EXT_MAGIC_AT, EXT_UUID_AT = b"\x53\xef", 56, 104
SPARE_BTRFS = (64 * MIB, 256 << 30)
NEVER = ("loop", "zram", "ram", "nbd", "sr", "fd", "dm-", "md")


def prove(disk, ours=()):
    """Refuse unless the disk is the one that is meant, unused and blank.

    `ours` are UUIDs of a file system or an array that a run which was cut off had begun on it: their traces may be there.
    """
    device = disk["device"]
    name = identify(disk)
    if parts := glob.glob("/sys/class/block/%s/*/partition" % name):
        raise host.RefusedError(not_blank(device, "%d partition(s)" % len(parts)))
    if found := users.of_disk(device, name, ours):
        raise host.RefusedError("%s is in use: %s. Nothing was changed; name another disk, or free this one" % (device, found))
    ours = {plain(uuid) for uuid in ours}
    if strange := [one for one in signatures(device) if plain(one.get("uuid")) not in ours - {""}]:
        seen = ", ".join("%s at byte %s" % (one.get("type") or "a signature", one.get("offset")) for one in strange)
        raise host.RefusedError(not_blank(device, seen))
    try:
        handle = os.open(device, os.O_RDONLY | os.O_EXCL)
    except OSError as error:
        raise host.RefusedError("%s cannot be opened for this alone (%s): something uses it" % (device, error.strerror)) from None
    try:
        seen = trace(handle, int(disk["size_bytes"]), ours)
    except OSError as error:
        raise host.RefusedError("%s could not be read (%s), so it is not known to be blank" % (device, error)) from None
    finally:
        os.close(handle)
    if seen:
        raise host.RefusedError(not_blank(device, seen))


def not_blank(device, seen):
    """The refusal, with the way out."""
    return (
        "%s is not blank: %s. Nothing was changed. If nothing on it is needed, wipe it yourself (this destroys all of it): "
        "wipefs --all %s && blkdiscard --zeroout %s" % (device, seen, device, device)
    )


def identify(disk):
    """Kernel name of the disk, which has to be the very one: a whole disk with this serial number and size."""
    device = disk["device"]
    if not os.path.exists(device):
        raise host.RefusedError("%s is not there. Is the disk connected? `ls -l /dev/disk/by-id` shows those that are" % device)
    listing = json.loads(host.must("lsblk", "--nodeps", "--json", "--bytes", "--output", "KNAME,TYPE,SERIAL,SIZE,RO", device))
    found = listing["blockdevices"][0]
    name, serial = found["kname"], (found.get("serial") or sysfs_serial(found["kname"])).strip()
    if found["type"] != "disk" or name.startswith(NEVER):
        raise host.RefusedError("%s is %s (%s), not a whole disk" % (device, found["type"], name))
    if serial != disk["serial"] or int(found["size"]) != int(disk["size_bytes"]):
        seen = "serial %s and %s bytes" % (serial or "unknown", found["size"])
        meant = "serial %s and %s bytes" % (disk["serial"], disk["size_bytes"])
        raise host.RefusedError("%s is another disk than was planned: it has %s, not %s. Plan again" % (device, seen, meant))
    if found["ro"] not in (False, "0", 0):
        raise host.RefusedError("%s is read-only" % device)
    return name


def sysfs_serial(name):
    """The serial number where udev does not know it."""
    return next(filter(None, (host.read("/sys/class/block/%s/%s" % (name, at)) for at in ("device/serial", "serial"))), "")


def signatures(device):
    """What `wipefs` finds."""
    done = host.run("wipefs", "--no-act", "--json", device)
    if done.returncode != 0:
        raise host.RefusedError("%s could not be read by wipefs (%s)" % (device, done.stderr.strip() or done.returncode))
    try:
        return json.loads(done.stdout)["signatures"] if done.stdout.strip() else []
    except (ValueError, KeyError):
        raise host.RefusedError("%s: wipefs gave an answer that is not understood" % device) from None


def plain(uuid):
    """A UUID as nothing but its digits: blkid and mdadm write them differently."""
    return "".join(sign for sign in (uuid or "").lower() if sign in "0123456789abcdef")


def ext_spares(size):
    """Where ext2 to ext4 keep spare superblocks: group 1 and powers of 3, 5 and 7, for each block size."""
    for block in EXT_BLOCKS:
        group = 8 * block * block
        first = 1024 if block == 1024 else 0  # noqa: PLR2004  (with blocks of 1 KiB, block 0 is left to boot loaders)
        for base in (3, 5, 7):
            number = 1
            while number * group + first + 4096 <= size:
                yield number * group + first
                number *= base


def spans(size):
    """Offsets and lengths that are read of a disk of this size."""
    edge = min(EDGE, size)
    yield 0, edge
    yield size - edge, edge
    for offset in sorted({*ext_spares(size), *(at for at in SPARE_BTRFS if at + 4096 <= size)}):
        yield offset, 4096
    for number in range(1, SAMPLES):  # around equal parts: where xfs begins its groups
        yield max(0, min(size * number // SAMPLES - SAMPLE // 2, size - SAMPLE)), min(SAMPLE, size)


def trace(handle, size, ours=()):
    """Where something other than zeros is, in words; empty if nowhere. With `ours`: a spare superblock of somebody else."""
    os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)  # from the disk, not from memory
    if ours:
        return next(filter(None, (strange_ext(handle, at, ours) for at in ext_spares(size))), "")
    for offset, length in spans(size):
        data = read_all(handle, offset, length)
        if data.count(0) != length:
            return "data near byte %d, without a signature" % (offset + next(at for at, value in enumerate(data) if value))
    return ""


def strange_ext(handle, offset, ours):
    """A spare superblock of an ext file system that is not one of ours."""
    data = read_all(handle, offset, 1024)
    uuid = data[EXT_UUID_AT : EXT_UUID_AT + 16].hex()
    if data[EXT_MAGIC_AT : EXT_MAGIC_AT + 2] == EXT_MAGIC and uuid not in ours:
        return "a spare superblock of an ext file system at byte %d" % offset
    return ""


def read_all(handle, offset, length):
    """Exactly so many bytes."""
    data = os.pread(handle, length, offset)
    if len(data) != length:
        raise OSError("only %d of %d bytes at %d" % (len(data), length, offset))
    return data


def main(wants):
    """Prove each disk."""
    for disk in wants["devices"]:
        prove(disk)
    return {"blank": True}

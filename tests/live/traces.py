"""What lies on disks that are not blank, as bytes for images: some with a signature, some that no tool sees any more."""

import struct
import subprocess
import uuid
import zlib
from collections.abc import Callable
from pathlib import Path

MIB = 1 << 20
SECTOR = 512


def put(image: Path, offset: int, data: bytes) -> None:
    """Write into an image; a negative offset counts from its end."""
    with image.open("r+b") as file:
        file.seek(offset, 2 if offset < 0 else 0)
        file.write(data)


def _run(*words: str | Path) -> None:
    subprocess.run(words, check=True, capture_output=True)


def ext4(image: Path) -> None:
    """An ordinary file system."""
    _run("mkfs.ext4", "-q", "-F", image)


def ext4_without_its_start(image: Path) -> None:
    """The first MiB was overwritten: no signature, and `e2fsck -b 32768` still saves the files."""
    ext4(image)
    put(image, 0, bytes(MIB))


def xfs_without_its_start(image: Path) -> None:
    """Its other superblocks, by which xfs_repair finds everything, are there."""
    _run("mkfs.xfs", "-q", "-f", image)
    put(image, 0, bytes(MIB))


def lvm(image: Path) -> None:
    """A physical volume: the label in its second sector, as pvcreate writes it."""
    body = struct.pack("<I8s", 32, b"LVM2 001") + b"A" * 32 + struct.pack("<Q", image.stat().st_size)
    rest = body.ljust(SECTOR - 20, b"\0")
    put(image, SECTOR, b"LABELONE" + struct.pack("<QI", 1, _lvm_crc(rest)) + rest)


def _lvm_crc(data: bytes) -> int:
    """LVM's CRC-32: the usual one from another start, and not turned over at the end."""
    return zlib.crc32(data, 0xF597A6CF ^ 0xFFFFFFFF) ^ 0xFFFFFFFF


def swap(image: Path) -> None:
    """Swap space."""
    _run("mkswap", image)


def gpt_without_its_start(image: Path) -> None:
    """A partition table of which only the spare one at the end is left."""
    sectors = image.stat().st_size // SECTOR
    linux = uuid.UUID("0fc63daf-8483-4772-8e79-3d69d8477de4").bytes_le
    entry = linux + uuid.uuid4().bytes_le + struct.pack("<QQQ", 2048, sectors - 2048, 0)
    table = entry.ljust(128 * 128, b"\0")

    def header(crc: int) -> bytes:
        places = struct.pack("<QQQQ", sectors - 1, 1, 34, sectors - 34)
        rest = struct.pack("<QIII", sectors - 33, 128, 128, zlib.crc32(table))
        return struct.pack("<8sIIII", b"EFI PART", 0x10000, 92, crc, 0) + places + b"G" * 16 + rest

    put(image, -33 * SECTOR, table + header(zlib.crc32(header(0))).ljust(SECTOR, b"\0"))


def md(image: Path) -> None:
    """A member of an array, superblock 1.2."""
    blocks = image.stat().st_size // SECTOR
    head = struct.pack("<III4x16s32sQIIQIIi", 0xA92B4EFC, 1, 0, b"M" * 16, b"old:array", 0, 0, 0, blocks, 1024, 2, 0)
    text = bytearray(head.ljust(256 + 4, b"\0"))
    struct.pack_into("<QQQ", text, 128, 2048, blocks - 2048, 8)  # where the data begin, how much, where this superblock is
    struct.pack_into("<I", text, 220, 2)  # two devices
    words = struct.unpack(f"<{len(text) // 4}I", text)
    total = sum(words)
    struct.pack_into("<I", text, 216, (total & 0xFFFFFFFF) + (total >> 32))
    put(image, 4096, bytes(text))


def md_at_the_end(image: Path) -> None:
    """Superblock 0.90, as old installers wrote it: in the last 64 KiB."""
    text = bytearray(4096)
    struct.pack_into("<IIIII", text, 0, 0xA92B4EFC, 0, 90, 0, 992)
    struct.pack_into("<I", text, 20, 0x1234)
    put(image, -128 * 1024 if image.stat().st_size % (64 * 1024) else -64 * 1024, bytes(text))


def zfs(image: Path) -> None:
    """A vdev: uberblocks in all four labels."""
    for label in (0, 256 * 1024, -512 * 1024, -256 * 1024):
        for slot in range(0, 16):
            block = struct.pack("<QQQQQ", 0x00BAB10C, 5000, 4 + slot, 77, 1_700_000_000)
            at = 128 * 1024 + slot * 1024
            put(image, label + at, block)


def zfs_that_nobody_sees(image: Path) -> None:
    """One label of four is left, at the end, without the uberblocks that `wipefs` goes by."""
    names = b"\x01\x01\0\0\0\0\0\0\0\0\0\x01\0\0\0\x24\0\0\0\x20\0\0\0\x07version\0\0\0\0\x08\0\0\0\x01"
    put(image, -256 * 1024 + 16 * 1024, names)


def stray_byte(image: Path) -> None:
    """Nothing but one byte, in the middle of a sample."""
    put(image, image.stat().st_size // 2, b"\x01")


# What it is -> how it is made, what `wipefs` calls it (None: it sees nothing), what the refusal says.
TRACES: dict[str, tuple[Callable[[Path], None], str | None, str]] = {
    "ext4": (ext4, "ext4", "ext4 at byte 0x438"),
    "ext4-start-overwritten": (ext4_without_its_start, None, "without a signature"),
    "xfs-start-overwritten": (xfs_without_its_start, None, "without a signature"),
    "lvm": (lvm, "LVM2_member", "LVM2_member at byte"),
    "swap": (swap, "swap", "swap at byte"),
    "gpt-start-overwritten": (gpt_without_its_start, "gpt", "gpt at byte"),
    "md": (md, "linux_raid_member", "linux_raid_member at byte"),
    "md-0.90": (md_at_the_end, "linux_raid_member", "linux_raid_member at byte"),
    "zfs": (zfs, "zfs_member", "zfs_member at byte"),
    "zfs-unseen": (zfs_that_nobody_sees, None, "without a signature"),
    "stray-byte": (stray_byte, None, "without a signature"),
}

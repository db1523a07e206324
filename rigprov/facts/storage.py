"""Disks and who says that they are theirs, from the sections of a recording."""

from collections.abc import Callable
from typing import Any, TypeVar

from rigprov.facts.parse import claims, disks
from rigprov.facts.reader import Reader
from rigprov.model.host import BlockDevice, Claims, Missing, PreparedDisk

T = TypeVar("T")

_ABSENT = 3  # the probe's own status for "there is none"


def disks_and_claims(reader: Reader) -> dict[str, Any]:
    """The fields of `HostFacts` that tell of disks, apart from what is mounted."""
    return {"disks": block_devices(reader), "claims": claims_on_disks(reader)}


def block_devices(reader: Reader) -> tuple[BlockDevice, ...] | Missing:
    """The tree of `lsblk`, with what is on each device as far as root could read it."""
    signed, sampled = _of_each(reader, "wipefs", disks.signatures), _of_each(reader, "disk-samples", disks.samples)
    signatures = {} if isinstance(signed, Missing) else signed
    if not reader.as_root:
        signatures = {
            path: Missing(f"needs root: {found.reason}") if isinstance(found, Missing) else found
            for path, found in signatures.items()
        }
    around = disks.Around(
        signatures=signatures,
        samples={} if isinstance(sampled, Missing) else sampled,
        links=reader.text("block-links"),
        by_id=reader.text("by-id"),
    )
    return reader.parse("lsblk", lambda text: disks.block_devices(text, around))


def _of_each(reader: Reader, name: str, parser: Callable[[str], dict[str, T]]) -> dict[str, T] | Missing:
    """What was said of disk after disk; one that hangs or sleeps, and so kept the command from its end, hides no other."""
    section = reader.section(name)
    if section is None or not section.output:
        return reader.parse(name, parser)
    return reader.attempt(name, lambda: parser(section.output))


def claims_on_disks(reader: Reader) -> Claims:
    """RAID, LVM, ZFS, fstab, crypttab, and what rigprov noted."""
    return Claims(
        raid=() if _absent(reader, "mdstat") else reader.parse("mdstat", claims.raid),
        lvm=() if _absent(reader, "lvm") else reader.parse("lvm", claims.lvm),
        zfs=() if _absent(reader, "zfs") else reader.parse("zfs", claims.zfs),
        fstab=reader.parse("fstab", claims.fstab),
        crypttab=() if _absent(reader, "crypttab") else reader.parse("crypttab", claims.crypttab),
        prepared=_prepared(reader),
    )


def _prepared(reader: Reader) -> PreparedDisk | Missing | None:
    if reader.section("model-disk") is not None and not reader.as_root:
        return Missing("needs root: /var/lib/rigprov is root's")
    return None if _absent(reader, "model-disk") else reader.parse("model-disk", claims.prepared)


def _absent(reader: Reader, name: str) -> bool:
    return reader.rc(name) == _ABSENT

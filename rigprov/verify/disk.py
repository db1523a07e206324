"""From what the host saw of the disk under the model's file to the proof's part. Pure."""

from collections.abc import Mapping
from typing import Any

from rigprov.catalog import disk_links as known
from rigprov.model.disk import Disk, DiskKind, DiskLink, DiskRead

_MORE_THAN_FITS = 1.05  # of the link: then the link is not what it says (a virtual machine's, a cache in the disk's controller)
_TURNS = 0x401  # SCSI page B1: from here on, revolutions per minute
_LAYERS = {"LVM": "LVM", "CRYPT": "encryption", "mpath": "multipath", "loop": "a disk image", "dm": "device mapper"}


def read(seen: Mapping[str, Any] | None) -> DiskRead | None:
    """None where the host did not look."""
    if not seen:
        return None
    found = seen.get("read") or {}
    rate, stretches = found.get("gb_s"), found.get("stretches_gb_s") or ()
    disks = tuple(_disk(one) for one in seen.get("disks", ()))
    link = _together(disks, seen.get("layers", ()))
    if link is not None and rate is not None and rate > _MORE_THAN_FITS * link:
        link = None
    return DiskRead(
        gb_s=rate,
        lowest_gb_s=min(stretches, default=None),
        highest_gb_s=max(stretches, default=None),
        bytes_read=found.get("bytes"),
        seconds=found.get("seconds"),
        method=found.get("method", ""),
        reason=found.get("reason", ""),
        file_system=seen.get("file_system", ""),
        layers=tuple(_layer(one) for one in seen.get("layers", ())),
        disks=disks,
        no_disks=seen.get("reason", ""),
        link_gb_s=None if link is None else round(link, 3),
        link_share=None if link is None or rate is None else round(rate / link, 4),
        cached=seen.get("cached"),
    )


def _layer(layer: Mapping[str, Any]) -> str:
    kind = str(layer["kind"])
    if kind.startswith(("raid", "linear", "md")):
        return f"{kind.upper()} of {layer['members']} disks"
    return _LAYERS.get(kind, kind)


def _together(disks: tuple[Disk, ...], layers: Any) -> float | None:
    """What can pass all links that one sequential read uses; of several disks that are not striped, the slowest one's."""
    rates = [disk.link.gb_s for disk in disks if disk.link]
    if not rates or len(rates) < len(disks):
        return None
    return sum(rates) if any(layer["kind"] == "raid0" for layer in layers) else min(rates)


def _disk(seen: Mapping[str, Any]) -> Disk:
    kind = _kind(seen)
    rpm = seen.get("rpm")
    turns = rpm if rpm is not None and rpm >= _TURNS else None
    return Disk(seen["name"], kind, seen["model"], _spins(kind, seen, turns), turns, _link(kind, seen))


def _kind(seen: Mapping[str, Any]) -> DiskKind:
    name, model = seen["name"], seen["model"]
    if known.cloud_volume(model):
        return "cloud volume"
    if "/virtio" in seen["path"] or name.startswith(("xvd", "vd")) or known.made_up(model):
        return "virtual"
    if name.startswith("nvme"):
        return "NVMe" if seen["transport"] in ("", "pcie") else "network"
    if name.startswith(("nbd", "rbd")):
        return "network"
    if name.startswith("mmcblk"):
        return "SD card"
    return "USB" if seen["usb_mbit"] else "SATA" if seen["sata"] else "SCSI"


def _spins(kind: DiskKind, seen: Mapping[str, Any], turns: int | None) -> bool | None:
    """Virtual disks are called rotational by the kernel unless they say otherwise: there only a number of revolutions counts."""
    if turns:
        return True
    if seen["rotational"] == "0" or seen.get("rpm") == 1 or kind in ("NVMe", "SD card"):
        return False
    return True if seen["rotational"] == "1" and kind in ("SATA", "USB", "SCSI") else None


def _link(kind: DiskKind, seen: Mapping[str, Any]) -> DiskLink | None:
    if kind == "NVMe":
        return _pcie(seen["pci"])
    if kind == "SATA":
        speed = seen["sata"].get("sata_spd", "")
        rate = known.sata_gb_s(speed)
        return DiskLink(f"SATA {speed.removesuffix(' Gbps').removesuffix('.0')} Gbit/s", round(rate, 3)) if rate else None
    rate = known.usb_gb_s(seen["usb_mbit"]) if kind == "USB" else None
    return DiskLink(f"USB {float(seen['usb_mbit']) / 1000:g} Gbit/s", round(rate, 3)) if rate else None


def _pcie(ports: Any) -> DiskLink | None:
    """The disk's own link, and the narrowest one on the way to the CPU."""
    if not ports:
        return None
    ways = [known.pcie(port["current_link_speed"], port["current_link_width"]) for port in ports]
    now = ways[0]
    if now is None:
        return None
    disk = known.pcie(ports[0]["max_link_speed"], ports[0]["max_link_width"])
    slot = known.pcie(ports[1]["max_link_speed"], ports[1]["max_link_width"]) if len(ports) > 1 else None
    narrowest = min((way for way in ways if way), key=known.pcie_gb_s)
    return DiskLink(str(narrowest), round(known.pcie_gb_s(narrowest), 3), now, disk, slot)

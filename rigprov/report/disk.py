"""The disk under the model's file, in words."""

from rigprov.model.disk import COLD, Disk, DiskRead
from rigprov.model.proof import Proof

_SSD = ("SATA", "USB", "SCSI")  # kinds of which there are hard disks too


def disk_text(found: DiskRead) -> str:
    """One line: speed, against the link, of which disk."""
    on = disk_names(found)
    if found.gb_s is None:
        return f"disk: {on}; cold read not measured: {found.reason}" if on else f"disk: cold read not measured: {found.reason}"
    return "; ".join(part for part in (f"disk: cold read {gb_s(found.gb_s)} GB/s{_of_link(found)}", on, _how(found)) if part)


def load_text(proof: Proof) -> str:
    """Time of the load, and whether it came from the disk; "" where it was not measured."""
    if proof.load_s is None:
        return ""
    source, disk = load_source(proof.disk), proof.disk
    rate = f"; the disk reads {gb_s(disk.gb_s)} GB/s" if disk and disk.cold and disk.gb_s else ""
    return f"loaded in {proof.load_s:.1f} s{f' ({source}{rate})' if source else ''}"


def load_source(found: DiskRead | None) -> str:
    """Where the load came from; "" where nobody looked."""
    if found is None or found.cached is None:
        return ""
    if found.cold:
        return "cold"
    return "from memory" if found.cached >= 1 - COLD else f"{found.cached * 100:.0f} % of the file from memory"


def disk_names(found: DiskRead) -> str:
    """The disks with their links, and what lies between; "" where they are not seen and nobody knows why."""
    if found.no_disks:
        return f"the file {found.no_disks}"
    names = [f"{_disk(disk)}{f' at {disk.link.words}' if disk.link else ''}" for disk in found.disks]
    through = f" through {', '.join(found.layers)}" if found.layers else ""
    return f"{' and '.join(names)}{through}"


def gb_s(rate: float | None) -> str:
    """With what the figure's size allows."""
    return "" if rate is None else f"{rate:.1f}" if rate >= 1 else f"{rate:.2f}"


def _disk(disk: Disk) -> str:
    kind = "hard disk" if disk.spins else f"{disk.kind} SSD" if disk.kind in _SSD and disk.spins is False else _KINDS[disk.kind]
    return " ".join(part for part in (kind, disk.name, f"({disk.model})" if disk.model else "") if part)


_KINDS = {
    "NVMe": "NVMe",
    "SATA": "SATA disk",
    "USB": "USB disk",
    "SD card": "SD card or eMMC",
    "virtual": "virtual disk",
    "cloud volume": "cloud volume",
    "SCSI": "SCSI disk",
    "network": "network disk",
}


def _of_link(found: DiskRead) -> str:
    if found.link_gb_s is None or found.link_share is None:
        return ""
    return f", {found.link_share * 100:.0f} % of the link's {gb_s(found.link_gb_s)}"


def _how(found: DiskRead) -> str:
    """How much was read, and how far its parts differed."""
    if found.bytes_read is None or found.seconds is None or found.lowest_gb_s is None:
        return ""
    span = f"{gb_s(found.lowest_gb_s)}-{gb_s(found.highest_gb_s)}"
    return f"{found.bytes_read / 1e9:.1f} GB in {found.seconds:.1f} s, parts {span}"

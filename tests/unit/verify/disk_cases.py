"""What hosts send about the disk under the model, to be varied by the tests."""

from typing import Any


def port(speed: str, lanes: int, most: str, most_lanes: int, address: str = "0000:01:00.0") -> dict[str, str]:
    """One end of a PCI Express link as the kernel shows it; speeds in GT/s."""
    return {
        "address": address,
        "current_link_speed": f"{speed} GT/s PCIe",
        "current_link_width": str(lanes),
        "max_link_speed": f"{most} GT/s PCIe",
        "max_link_width": str(most_lanes),
    }


def nvme(*ports: dict[str, str], **changes: Any) -> dict[str, Any]:
    """A disk in a slot; without ports, PCIe 4.0 x4 on both sides."""
    way = list(ports) or [port("16.0", 4, "16.0", 4), port("16.0", 4, "16.0", 4, "0000:00:01.1")]
    base: dict[str, Any] = {
        "name": "nvme0n1",
        "path": "/sys/devices/pci0000:00/0000:00:01.1/0000:01:00.0/nvme/nvme0/nvme0n1",
        "model": "Samsung SSD 990 PRO 2TB",
        "rotational": "0",
        "rpm": None,
        "transport": "pcie",
        "pci": way,
        "sata": {},
        "usb_mbit": "",
    }
    return {**base, **changes}


def sata(**changes: Any) -> dict[str, Any]:
    """A hard disk."""
    base = {
        "name": "sda",
        "path": "/sys/devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda",
        "model": "ATA ST4000DM004-2CV1",
        "rotational": "1",
        "rpm": 5425,
        "transport": "",
        "pci": [],
        "sata": {"sata_spd": "6.0 Gbps", "sata_spd_limit": "<unknown>", "hw_sata_spd_limit": "6.0 Gbps"},
        "usb_mbit": "",
    }
    return {**base, **changes}


def usb(mbit: str = "5000", **changes: Any) -> dict[str, Any]:
    """An SSD in an adapter that calls it rotational."""
    path = "/sys/devices/pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host4/target4:0:0/4:0:0:0/block/sdb"
    changed = {"name": "sdb", "path": path, "model": "JMicron Tech", "rpm": None, "sata": {}, "usb_mbit": mbit, **changes}
    return sata(**changed)


def virtual(**changes: Any) -> dict[str, Any]:
    """Of a virtual machine: the kernel calls it rotational."""
    path = "/sys/devices/pci0000:00/0000:00:02.0/virtio1/block/vda"
    return sata(**{"name": "vda", "path": path, "model": "", "rpm": None, "sata": {}, **changes})


def seen(gb_s: float | None, *disks: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The host's document.

    Args:
        gb_s: of the cold read; None: not measured.
        disks: below the file.
        changes: other parts.
    """
    read: dict[str, Any] = {"reason": "it cannot be read: Permission denied"}
    if gb_s is not None:
        parts = [round(gb_s * share, 4) for share in (0.98, 1.02, 1.0, 1.0)]
        read = {"method": "direct", "resident": None, "gb_s": gb_s, "stretches_gb_s": parts, "bytes": 10**10, "seconds": 3.2}
    return {"file_system": "ext4", "layers": [], "disks": list(disks), "backing": [], "read": read, "cached": 0.0, **changes}

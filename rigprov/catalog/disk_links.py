"""How much can pass the links of disks, and what disks of each kind read. Pure."""

import re

from rigprov.model.disk import Pcie

# GT/s a lane -> generation, bytes of payload per transfer and lane (line code). PCI-SIG, PCI Express Base Specification
# (generations 1 and 2: 8b/10b; 3 to 5: 128b/130b; 6: 236 bytes of packets in each flow control unit of 256 bytes).
_PCIE = {
    2.5: (1, 8 / 10),
    5.0: (2, 8 / 10),
    8.0: (3, 128 / 130),
    16.0: (4, 128 / 130),
    32.0: (5, 128 / 130),
    64.0: (6, 236 / 256),
}
_RATES = {generation: (transfers, code) for transfers, (generation, code) in _PCIE.items()}
_SATA_CODE = 8 / 10  # Serial ATA specification 3.0: 6 Gbit/s carry 600 MB/s
# Mbit/s as the kernel names it -> line code. USB 2.0: none; USB 3.2 specification: 8b/10b at 5 Gbit/s, 128b/132b above.
_USB_CODES = {5000: 8 / 10, 10000: 128 / 132, 20000: 128 / 132}

# GB/s that a healthy disk reads in order from: the makers' data sheets, 2018 to 2026.
FASTEST_SPINNING = 0.35  # one with two sets of arms reads 0.5, but only over two areas at once
SLOW = 0.2  # what reads less is as slow as a hard disk, whatever it is
# Of the link. Data sheets: a plain NVMe without memory of its own reads 0.44 of PCIe 4.0 x4, good ones 0.9; SATA SSDs 0.9.
LEAST_SHARE = 0.35
# Network volumes of the large clouds that look like a local NVMe, by the model that they report (the clouds' own documentation).
_CLOUD = re.compile(r"Amazon Elastic Block Store|nvme_card-pd|PersistentDisk|MSFT NVMe Accelerator")
_VIRTUAL = re.compile(r"QEMU|VBOX|VMware|Virtual Disk", re.IGNORECASE)  # as hypervisors name the disks that they make up
NETWORK_FILE_SYSTEMS = frozenset(
    "nfs nfs4 cifs smb3 9p virtiofs ceph fuse.ceph fuse.sshfs fuse.glusterfs lustre beegfs gpfs".split()  # noqa: SIM905
)


def pcie(speed: str, lanes: str) -> Pcie | None:
    """From the kernel's words, "16.0 GT/s PCIe" and "4"; None where the kernel does not know.

    Args:
        speed: transfers a second and lane.
        lanes: their number; 0 and 255 are none.
    """
    transfers = re.match(r"(\d+(?:\.\d+)?) GT/s", speed)
    found = _PCIE.get(float(transfers.group(1))) if transfers else None
    most = 32  # of a slot
    return Pcie(found[0], int(lanes)) if found and lanes.isdigit() and 0 < int(lanes) <= most else None


def pcie_gb_s(link: Pcie) -> float:
    """Decimal GB/s in one direction, packets' headers included: these cost another tenth."""
    transfers, code = _RATES[link.generation]
    return link.lanes * transfers * code / 8


def sata_gb_s(speed: str) -> float | None:
    """From the kernel's words, "6.0 Gbps"; None where there is no link."""
    found = re.match(r"(\d+(?:\.\d+)?) Gbps", speed)
    return float(found.group(1)) * _SATA_CODE / 8 if found else None


def usb_gb_s(mbit: str) -> float | None:
    """From the kernel's figure, "5000"; None where it is none."""
    return float(mbit) * _USB_CODES.get(int(float(mbit)), 1.0) / 8000 if re.fullmatch(r"\d+(\.\d+)?", mbit) else None


def cloud_volume(model: str) -> bool:
    """Whether a disk of this model lies somewhere in the cloud's network."""
    return bool(_CLOUD.search(model))


def made_up(model: str) -> bool:
    """Whether a hypervisor makes this disk up: what it says about its link means nothing."""
    return bool(_VIRTUAL.search(model))

"""What a disk is to its owner: by which name to call it, and whether its contents outlive a stop of a rented machine."""

import re

from rigprov.model.host import BlockDevice

# Whole model strings: GCP's `nvme_card-pd` is a disk that stays, `nvme_card` and `nvme_card0` are not. Sources: the udev rules
# of amazon-ec2-utils and of Google's guest-configs; azure-vm-utils' documentation of disk identification.
_EPHEMERAL = (
    (re.compile(r"Amazon EC2 NVMe Instance Storage"), "AWS gives an instance store back blank after a stop"),
    (re.compile(r"nvme_card\d*|EphemeralDisk"), "Google gives a local SSD back blank after a stop"),
    (re.compile(r"Microsoft NVMe Direct Disk( v\d+)?"), "Azure gives a local NVMe disk back blank after a deallocation"),
)
_NETWORK = re.compile(r"Amazon Elastic Block Store|nvme_card-pd|PersistentDisk|MSFT NVMe Accelerator v[\d.]+")
_UNREADABLE = ("nvme-eui.", "nvme-nvme.", "wwn-", "nvme-uuid.", "scsi-3")  # numbers alone, no name that a person knows


def lost_at_stop(disk: BlockDevice) -> str | None:
    """Why what is on the disk is gone after a stop; None: it is not known to be."""
    return next((why for model, why in _EPHEMERAL if model.fullmatch(disk.model or "")), None)


def over_network(disk: BlockDevice) -> bool:
    """Whether a cloud brings it over the network."""
    return bool(_NETWORK.fullmatch(disk.model or ""))


def link(disk: BlockDevice) -> str:
    """The by-id link that a person recognises: model and serial before bare numbers, the shortest of them; "" for none.

    Google's disks have one serial number, and so one link in common, which leads to any of them: theirs is by the given name.
    """
    found = [one.rpartition("/")[2] for one in disk.by_id if not re.search(r"-part\d+$", one)]
    best = min(found, key=lambda one: (not one.startswith("google-"), one.startswith(_UNREADABLE), len(one), one), default="")
    return f"/dev/disk/by-id/{best}" if best else ""


def described(disk: BlockDevice) -> str:
    """Model, size as sold, and kernel name."""
    model = f"{disk.model}, " if disk.model else ""
    return f"{model}{disk.size_bytes / 1e9:.0f} GB, now {disk.name}"

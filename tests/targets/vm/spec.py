"""How a virtual machine was made; kept beside its disks."""

import json
from dataclasses import dataclass
from pathlib import Path

from tests.targets.vm.disks import Disk

TWO_NVME = (Disk("4G", "RPNVME0"), Disk("4G", "RPNVME1"))


@dataclass(frozen=True)
class Spec:
    """What its maker asked for."""

    disks: tuple[Disk, ...] = TWO_NVME
    memory_mib: int = 2048
    gpu: bool = False  # an NVIDIA card on the PCI bus, with nothing behind it
    smbios: tuple[str, ...] = ()  # values of QEMU's -smbios: what a cloud's machine says that it is
    cloud_init: bool = False  # cloud-init makes name, user and host key, as in a cloud; minutes when emulated
    user_data: str = ""  # what it finds beside that, as a cloud's customer gives it; needs cloud_init

    @staticmethod
    def load(folder: Path) -> "Spec":
        """Read what `Vm.up` wrote."""
        values = json.loads((folder / "spec.json").read_text())
        return Spec(**{**values, "disks": tuple(Disk(**disk) for disk in values["disks"])})

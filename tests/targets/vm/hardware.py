"""The virtual machine that QEMU builds: its command line."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.targets.vm import accelerator, seed
from tests.targets.vm.disks import Disk, Files

# Sockets and files of a machine are given relative to its folder, where QEMU is started: the path of a socket has to be short.
MONITOR = "monitor"
CONSOLE = "console.log"
_GPU_SLOT = "0x8"


@dataclass(frozen=True)
class Hardware:
    """What is in the case at a power on."""

    disks: list[tuple[int, Disk]]  # with their numbers, in the order of their slots
    memory_mib: int
    gpu: bool
    smbios: Sequence[str]
    endpoint: str  # address and port on the controller that lead to the machine's port 22


def command(name: str, folder: Path, files: Files, case: Hardware) -> list[str]:
    """QEMU's command line."""
    processors = str(min(2, os.cpu_count() or 1))
    words = [accelerator.PROGRAM, "-name", name, *accelerator.arguments(), "-machine", "q35", "-smp", processors]
    words += ["-m", str(case.memory_mib)]
    words += ["-nodefaults", "-no-user-config", "-display", "none", "-S", "-daemonize", "-pidfile", str(folder / "pid")]
    words += ["-chardev", f"file,id=console,path={CONSOLE},append=on", "-serial", "chardev:console"]
    words += ["-qmp", f"unix:{MONITOR},server=on,wait=off"]
    words += ["-netdev", f"user,id=net,hostfwd=tcp:{case.endpoint}-:22", "-device", "virtio-net-pci,netdev=net,romfile="]
    words += ["-device", "virtio-rng-pci", *(word for values in case.smbios for word in ("-smbios", values))]
    words += [*_drive("root", files.root), "-device", "virtio-blk-pci,drive=root,serial=RPROOT,bootindex=1"]
    words += ["-drive", f"if=none,id=seed,format=raw,readonly=on,file={seed.FILE}"]
    words += ["-device", "virtio-blk-pci,drive=seed,serial=RPSEED"]
    kinds = {disk.kind for _, disk in case.disks}
    words += ["-device", "virtio-scsi-pci,id=scsi"] if "scsi" in kinds else []
    words += ["-device", f"edu,addr={_GPU_SLOT}"] if case.gpu else []
    for slot, (index, disk) in enumerate(case.disks):
        words += _drive(f"disk{index}", files.overlay(index))
        words += _device(slot, index, disk)
    return words


def _drive(name: str, path: Path) -> list[str]:
    # flushes stop at the controller's page cache, which outlives a killed QEMU: no waiting for the real disk
    return ["-drive", f"if=none,id={name},format=qcow2,cache=unsafe,discard=unmap,detect-zeroes=off,file={path.name}"]


def _device(slot: int, index: int, disk: Disk) -> Iterator[str]:
    """The words for one disk; NVMe ones sit in PCIe slots in their order, which decides the kernel's names for them."""
    drive = f"drive=disk{index},serial={disk.serial}"
    if disk.kind == "nvme":
        yield from ("-device", f"pcie-root-port,id=slot{slot},chassis={slot + 1},slot={slot + 1},addr={0x10 + slot:#x}")
        yield from ("-device", f"nvme,bus=slot{slot},{drive}")
    elif disk.kind == "scsi":
        product = f",product={disk.model}" if disk.model else ""
        yield from (
            "-device",
            f"scsi-hd,bus=scsi.0,scsi-id={slot},rotation_rate={7200 if disk.rotational else 1}{product},{drive}",
        )
    else:
        yield from ("-device", f"virtio-blk-pci,{drive}")

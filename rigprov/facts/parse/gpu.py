"""PCI devices and the state of the NVIDIA driver."""

import csv
import re

from rigprov.facts.parse.fields import ParseError, number
from rigprov.model.host import Missing, Nvidia, NvidiaGpu, PciDevice

_PCI_WORDS = 7
_SMI_COLUMNS = 6


def pci(text: str) -> tuple[PciDevice, ...]:
    """Lines of address, vendor, device, class, subsystem vendor and device (as sysfs has them: 0x...), driver or `-`."""
    found = []
    for line in text.splitlines():
        words = line.split()
        if len(words) != _PCI_WORDS or not all(re.fullmatch(r"0x[0-9a-fA-F]{4,6}", word) for word in words[1:6]):
            raise ParseError(f"not a PCI device: {line!r}")
        vendor, device, kind, sub_vendor, sub_device = (word[2:6].lower() for word in words[1:6])
        driver = None if words[6] == "-" else words[6]
        found.append(PciDevice(words[0].lower(), vendor, device, kind, sub_vendor, sub_device, driver))
    return tuple(found)


def module_version(text: str) -> str:
    """`/proc/driver/nvidia/version`; the open modules word it differently."""
    version = re.search(r"Kernel Module\b.*?\s(\d+\.\d+(?:\.\d+)*)\s", text)
    if version is None:
        raise ParseError("it has no version of a kernel module")
    return version[1]


def nvidia(module: str | None, smi: str | Missing) -> Nvidia:
    """`nvidia-smi --query-gpu=index,name,uuid,memory.total,mig.mode.current,driver_version`, or what kept it from answering."""
    if isinstance(smi, Missing):
        return Nvidia(module_version=module, gpus=smi, driver_version=None)
    lines = [line for line in smi.splitlines() if line.strip()]
    if not lines or lines[0].startswith("No devices"):
        return Nvidia(module_version=module, gpus=(), driver_version=None)
    rows = [[word.strip() for word in row] for row in csv.reader(lines)]
    for row, line in zip(rows, lines, strict=True):
        if len(row) != _SMI_COLUMNS:
            raise ParseError(f"not a GPU: {line!r}")
    driver = rows[0][5] if re.fullmatch(r"[\d.]+", rows[0][5]) else None
    if unsized := [row[1] for row in rows if not row[3].isdigit()]:  # machines whose memory is one with the system's
        return Nvidia(module, Missing(f"the driver tells no memory size for {unsized[0]}"), driver)
    gpus = tuple(NvidiaGpu(number(row[0], "the index"), row[1], row[2], int(row[3]), row[4] == "Enabled") for row in rows)
    return Nvidia(module_version=module, gpus=gpus, driver_version=driver)


def secure_boot(text: str) -> bool:
    """The EFI variable's five bytes (attributes, value), or `mokutil --sb-state`, or "no-efi"."""
    words = text.split()
    if words == ["no-efi"]:
        return False
    if len(words) == 5 and all(word.isdigit() for word in words):  # noqa: PLR2004  (four bytes of attributes, one of value)
        return words[4] == "1"
    if "SecureBoot enabled" in text:
        return True
    if "SecureBoot disabled" in text:
        return False
    raise ParseError(f"not a state of Secure Boot: {text.strip()!r}")

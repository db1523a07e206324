"""Makes emulated hardware say that it is something else: an NVMe disk of another model, an NVIDIA card on the PCI bus.

QEMU has no option for either. What its devices say of themselves lies in the memory of its process, though, in structures whose
layout the NVMe and PCI standards fix, and before the machine's first instruction nobody has read it. So it is written there: the
process is our own, and nothing on the controller's disk is changed.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.targets.system import TargetError
from tests.targets.vm.hardware import Hardware

# PCI configuration space begins with vendor, device, command, status, revision, class. `edu` is a device of QEMU's for teaching.
_EDU = bytes.fromhex("3412e811") + rb".{4}" + bytes.fromhex("1000ff00")
_SUBSYSTEM = 0x2C
# GH100 [H100 SXM5 80GB], a 3D controller; its subsystem: NVIDIA, the module of a DGX H100
_GPU = bytes.fromhex("de103023")
_GPU_CLASS = bytes.fromhex("a1000203")
_GPU_SUBSYSTEM = bytes.fromhex("de10c116")

_SERIAL_LENGTH, _MODEL_LENGTH = 20, 40
_QEMUS_MODEL = b"QEMU NVMe Ctrl".ljust(_MODEL_LENGTH)
_LARGEST = 256 << 20  # beyond that it is the machine's own memory


def put_on(pid: int, case: Hardware) -> None:
    """Change what is to be changed in a machine that has not yet run."""
    for _, disk in case.disks:
        if disk.kind == "nvme" and disk.model:
            _nvme_model(pid, disk.serial, disk.model)
    if case.gpu:
        _gpu(pid)


def _nvme_model(pid: int, serial: str, model: str) -> None:
    """Change what the NVMe disk with that serial number says its model is (Identify Controller: serial, then model)."""
    if len(model) > _MODEL_LENGTH:
        raise TargetError(f"an NVMe model has up to {_MODEL_LENGTH} characters, not {len(model)}: {model!r}")
    text = serial.encode().ljust(_SERIAL_LENGTH)
    found = _find(pid, re.escape(text + _QEMUS_MODEL))
    _write(pid, found + len(text), model.encode().ljust(_MODEL_LENGTH))


def _gpu(pid: int) -> None:
    """Make the one `edu` device look like an NVIDIA card."""
    found = _find(pid, _EDU)
    _write(pid, found, _GPU)
    _write(pid, found + 8, _GPU_CLASS)
    _write(pid, found + _SUBSYSTEM, _GPU_SUBSYSTEM)


def _find(pid: int, pattern: bytes) -> int:
    """Address of the only place in QEMU's own data that matches."""
    wanted = re.compile(pattern, re.DOTALL)
    found = [start + hit.start() for start, data in _data(pid) for hit in wanted.finditer(data)]
    if len(found) != 1:
        raise TargetError(f"what QEMU's device says of itself was found {len(found)} times in its memory, not once")
    return found[0]


def _data(pid: int) -> Iterator[tuple[int, bytes]]:
    """QEMU's writable memory without a file behind it."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, mode, _, _, inode, *name = line.split()
            start, end = (int(part, 16) for part in span.split("-"))
            if not mode.startswith("rw") or inode != "0" or end - start > _LARGEST or name == ["[vvar]"]:
                continue
            memory.seek(start)
            yield start, memory.read(end - start)


def _write(pid: int, address: int, data: bytes) -> None:
    with Path(f"/proc/{pid}/mem").open("r+b", buffering=0) as memory:
        memory.seek(address)
        memory.write(data)

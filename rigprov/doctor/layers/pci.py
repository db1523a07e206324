"""Whether an NVIDIA GPU is on the bus, and still answers there."""

import re

from rigprov.catalog.gpus import DISPLAY_CLASSES, lookup
from rigprov.doctor import kernel_log, xid
from rigprov.doctor.layer import broken, does_not_apply, fine, not_known
from rigprov.doctor.seen import NOT_FOUND, Seen, clipped, listed
from rigprov.model.diagnosis import Finding, Layer
from rigprov.model.host import Missing, PciDevice

_OTHERS = {"1002": "AMD", "8086": "Intel"}
_GONE = "ff ff ff ff"  # what reads of a device give that does not answer
# Packages that only a machine with a card has a use for; libraries come along with other things.
_KERNEL_SIDE = re.compile(r"(nvidia-(dkms|kernel|open|driver)|linux-modules-nvidia|cuda-drivers)")
_ON_BUS = re.compile(r"\[10de:[0-9a-f]{4}\] type \S+ class 0x03")


def judge(seen: Seen) -> Layer:
    """No GPU is no fault where nothing says that there was one."""
    if isinstance(seen.pci, Missing):
        return not_known("pci", seen.pci.reason)
    if seen.wsl:
        return _wsl(seen)
    if not seen.gpus:
        return _none(seen, seen.pci)
    if gone := [one for one in seen.gpus if _fallen(seen, one)]:
        return broken("pci", [_off(seen, one) for one in gone], _notes(seen))
    return fine("pci", listed([f"{named(one)} at {place(seen, one)}" for one in seen.gpus]), _notes(seen))


def named(device: PciDevice) -> str:
    """The card, as far as its id tells."""
    known = lookup(device.device, device.subsystem_device)
    return f"NVIDIA {known.name}" if known else f"NVIDIA {device.vendor}:{device.device}"


def place(seen: Seen, device: PciDevice) -> str:
    """Address, and the slot's label where the board has one."""
    slots = {words[1].lower(): words[0] for line in seen.lines("pci-slots") if len(words := line.split()) == 2}  # noqa: PLR2004
    label = slots.get(device.address.rpartition(".")[0])
    return f"{device.address} (slot {label})" if label else device.address


def _wsl(seen: Seen) -> Layer:
    """Windows hands GPUs to WSL2 by a device of its own."""
    if any(line.endswith("/dev/dxg") for line in seen.lines("nodes-before") + seen.lines("nodes-after")):
        return fine("pci", "WSL2: GPUs are reached through Windows (/dev/dxg)")
    return does_not_apply("pci", "no GPU: Windows hands none to this WSL2 (/dev/dxg is not there)")


def _fallen(seen: Seen, device: PciDevice) -> bool:
    return any(line.startswith(f"{device.address} ") and _GONE in line for line in seen.lines("pci-config"))


def _off(seen: Seen, device: PciDevice) -> Finding:
    events = [one for one in xid.events(seen.log) if one.number == xid.FALLEN and kernel_log.slots([one.slot]) & _slot(device)]
    return Finding(
        "fallen-off-the-bus",
        f"the GPU at {place(seen, device)} has fallen off the bus: it no longer answers there",
        (*seen.quote("pci-config", device.address), *[event.line for event in events]),
        xid.KNOWN[xid.FALLEN].fix,
    )


def _slot(device: PciDevice) -> frozenset[str]:
    return kernel_log.slots([device.address])


def _none(seen: Seen, devices: tuple[PciDevice, ...]) -> Layer:
    others = [
        f"{_OTHERS[one.vendor]} {one.vendor}:{one.device} at {one.address} (driver {one.driver or 'none'})"
        for one in devices
        if one.vendor in _OTHERS and one.class_id in DISPLAY_CLASSES
    ]
    said = "no NVIDIA GPU on the bus"
    beside = f"; there is {listed(others)}" if others else ""
    if not isinstance(seen.told, Missing) and seen.told:
        return fine("pci", f"no NVIDIA GPU is seen on the bus from here, but the driver reports one{beside}")
    if evidence := _expected(seen):
        what = f"{said}, though this machine had one or was set up for one{beside}"
        return broken("pci", [Finding("gpu-vanished", what, evidence, _back(seen))])
    return does_not_apply("pci", said + beside)


def _expected(seen: Seen) -> tuple[str, ...]:
    """What says that a GPU belongs here."""
    found = [clipped(line) for line in seen.log if _ON_BUS.search(line)][:1]
    found += [event.line for event in xid.events(seen.log) if event.number == xid.FALLEN]
    found += [f"installed: {name} {version}" for name, version in seen.packages.items() if _KERNEL_SIDE.match(name)][:2]
    if seen.rc("nvidia-smi") not in (NOT_FOUND, None):
        found += seen.quote("nvidia-smi", limit=1)
    if seen.proof is not None and seen.proof.machine.driver:
        gpus = listed(seen.proof.machine.gpus) or "a GPU"
        found.append(f"proof of {seen.proof.proof.taken}: {gpus}, driver {seen.proof.machine.driver}")
    return tuple(found)


def _back(seen: Seen) -> str:
    if seen.container:
        return "look on the machine that runs this container, and at how it hands GPUs to it"
    if not isinstance(seen.kind, Missing) and seen.kind.hypervisor:
        return "look whether this machine type has a GPU and whether the host passes it through; stop and start the machine"
    return (
        "switch the machine off, look after the card's seat, its power cables and riser, and at the slot in the firmware setup; "
        "where there is to be no GPU, remove the driver's packages and run `rigprov verify`: the last proof counts"
    )


def _notes(seen: Seen) -> list[Finding]:
    return [hit.finding for hit in kernel_log.hits(seen.log, "pci")]

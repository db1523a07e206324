"""The fabric manager: on machines with NVSwitch no GPU computes without it."""

import re

from rigprov.catalog.gpus import NVIDIA
from rigprov.doctor.seen import Seen, clipped
from rigprov.model.diagnosis import Finding
from rigprov.model.host import Missing

_BRIDGE = "0680"  # PCI class of an NVSwitch
_PACKAGE = re.compile(r"(nvidia-fabricmanager|cuda-drivers-fabricmanager)")
_START = "`systemctl enable --now nvidia-fabricmanager`; its log is `journalctl -u nvidia-fabricmanager`"


def switched(seen: Seen) -> bool:
    """Whether the machine has an NVSwitch."""
    devices = () if isinstance(seen.pci, Missing) else seen.pci
    return any(one.vendor == NVIDIA and one.class_id == _BRIDGE for one in devices)


def wrong(seen: Seen) -> Finding | None:
    """What keeps the fabric from being set up; None: nothing, or there is no NVSwitch."""
    if not switched(seen) or seen.container or seen.rc("fabric-manager") is None:
        return None
    return other_version(seen) or not_running(seen)


def not_running(seen: Seen) -> Finding | None:
    """The service is not there, or not up."""
    state = seen.fields("fabric-manager")
    if state.get("ActiveState") == "active":
        return None
    there = state.get("LoadState") == "loaded"
    fix = (
        _START
        if there
        else f"install nvidia-fabricmanager in exactly the driver's version, {seen.driver or 'as loaded'}; {_START}"
    )
    words = "is not running" if there else "is not installed"
    what = f"this machine has NVSwitch, and the fabric manager {words}: CUDA will say 802, system not yet initialized"
    evidence = (*seen.quote("fabric-manager", "State=", "Result="), *_log(seen))
    return Finding("fabric-manager", what, evidence, fix)


def other_version(seen: Seen) -> Finding | None:
    """It must be of exactly the driver's version."""
    installed = {name: version for name, version in seen.packages.items() if _PACKAGE.match(name)}
    name, version = next(iter(installed.items()), ("", ""))
    if not version or not seen.driver or version == seen.driver:
        return None
    what = f"the fabric manager is {version}, the driver {seen.driver}: they must be equal"
    evidence = (f"installed: {name} {version}", f"driver: {seen.driver}", *_log(seen))
    return Finding("fabric-manager-version", what, evidence, f"install {name} {seen.driver}, then {_START}")


def _log(seen: Seen) -> tuple[str, ...]:
    lines = [line for line in seen.lines("module-log") if "fabric" in line.lower()]
    return tuple(clipped(line) for line in lines[-2:])

"""NVIDIA's driver and what it needs, from the sections of a recording."""

from typing import Any

from rigprov.facts.parse import apt, driver, gpu
from rigprov.facts.reader import Reader
from rigprov.model.host import Missing, Nvidia, Offer, Virtualisation

_NOT_FOUND = 127
_ABSENT = 3  # the probe's own status for "there is none"


def nvidia(reader: Reader) -> Nvidia | Missing | None:
    """The loaded module, and what nvidia-smi says."""
    version = reader.parse("nvidia-version", gpu.module_version)
    module = None if isinstance(version, Missing) else version
    section = reader.section("nvidia-smi")
    if section is None:
        return Missing("`nvidia-smi` is not in the recording")
    if section.rc == _NOT_FOUND:
        return None if module is None else Nvidia(module, Missing("`nvidia-smi` is not installed"), None)
    if section.rc == 0:
        return reader.attempt("nvidia-smi", lambda: gpu.nvidia(module, section.output))
    words = " ".join((section.output + " " + section.errors).split())
    return Nvidia(module, Missing(f"`nvidia-smi` failed (exit status {section.rc}): {words or 'it said nothing'}"), None)


def secure_boot(reader: Reader, kind: Virtualisation) -> bool | Missing:
    """Whether the firmware lets the kernel take signed modules only."""
    if kind.container is not None or kind.wsl:
        return Missing("not visible from inside a container or WSL")
    return reader.parse("secure-boot", gpu.secure_boot)


def around(reader: Reader) -> dict[str, Any]:
    """Kernels, modules, offers and the machine's size: fields of `HostFacts` that the driver decision needs."""
    return {
        "kernels": reader.parse("kernels", driver.kernels),
        "dkms": () if _absent(reader, "dkms-status") else reader.parse("dkms-status", driver.dkms),
        "module_file": None if _absent(reader, "nvidia-modinfo") else reader.parse("nvidia-modinfo", driver.module_file),
        "offers": _offers(reader),
        "desktop": reader.parse("desktop", lambda text: tuple(text.split())),
        "instance_type": None if _absent(reader, "instance-type") else reader.parse("instance-type", driver.instance_type),
        "driver_record": {} if reader.rc("driver-record") in (None, _ABSENT) else reader.parse("driver-record", driver.record),
        "gpu_virtualisation": reader.parse("nvidia-virtualisation", driver.virtualisation),
    }


def _absent(reader: Reader, name: str) -> bool:
    return reader.rc(name) == _ABSENT


def _offers(reader: Reader) -> tuple[Offer, ...] | Missing:
    if _absent(reader, "apt-offers"):
        return Missing("apt was not asked, since no NVIDIA GPU is here")
    releases = section.output if (section := reader.section("apt-origins")) else ""
    return reader.parse("apt-offers", lambda text: apt.offers(text, releases))

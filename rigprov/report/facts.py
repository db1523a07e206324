"""The facts of a host as text for a person."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from rigprov.model.host import BlockDevice, Cpu, Docker, HostFacts, Missing, Mount, Nvidia, PciDevice, Virtualisation
from rigprov.report import gpu_software

T = TypeVar("T")
_GIB = 1024**3
_NVIDIA_VENDOR = "10de"
_DISPLAY = "03"  # PCI base class: display controllers
_WIDTH = 16
_BOARDS = {"Intel": "8086", "AMD": "1002", "NVIDIA": _NVIDIA_VENDOR}


def text(facts: HostFacts) -> str:
    """One host, a line per topic; what could not be read says why."""
    lines: list[tuple[str, str]] = [
        ("system", f"{facts.os.pretty}, kernel {facts.kernel.release}, {facts.kernel.machine}"),
        ("machine", _machine(facts.virtualisation, facts.extra.get("board"))),
        ("access", f"{facts.privilege.user}, root: {_ROOT.get(facts.privilege.how, facts.privilege.how)}"),
        ("processor", _cpu(facts.cpu)),
        ("memory", f"{facts.memory.total_mib / 1024:.1f} GiB, {facts.memory.available_mib / 1024:.1f} GiB available"),
        ("swap", _told(facts.swaps, lambda areas: [f"{area.path} ({area.kind}, {area.size_mib} MiB)" for area in areas])),
        ("GPUs on the bus", _told(facts.pci, _gpus)),
        ("NVIDIA driver", _nvidia(facts.nvidia)),
        ("NVIDIA modules", gpu_software.modules(facts)),
        ("driver offers", gpu_software.offers(facts)),
        ("secure boot", _reason(facts.secure_boot) or ("on" if facts.secure_boot else "off")),
        ("disks", _told(facts.disks, _disks)),
        ("mounts", _told(facts.mounts, _mounts)),
        ("Docker", _docker(facts.docker)),
        ("Python", facts.python or "none"),
        ("apt lock", _reason(facts.apt_lock_holder) or _held(facts)),
        ("reboot", _reason(facts.reboot_required) or _reboot(facts)),
        ("reaches", _reaches(facts)),
    ]
    return f"{facts.host}\n" + "".join(_entry(name, value) for name, value in lines)


_ROOT = {
    "root": "yes, logged in as root",
    "sudo": "yes, by sudo without a password",
    "sudo-password": "yes, by sudo with the password",
    "none": "no",
}


def _entry(name: str, value: str) -> str:
    first, *rest = value.split("\n")
    return "".join([f"  {name:<{_WIDTH}} {first}\n", *(f"  {'':<{_WIDTH}} {line}\n" for line in rest)])


def _reason(value: object) -> str | None:
    return f"not known: {value.reason}" if isinstance(value, Missing) else None


def _told(value: tuple[T, ...] | Missing, lines: Callable[[tuple[T, ...]], Iterable[str]]) -> str:
    if isinstance(value, Missing):
        return f"not known: {value.reason}"
    return "\n".join(lines(value)) or "none"


def _machine(found: Virtualisation, board: str | None) -> str:
    kind = "WSL2" if found.wsl else f"container ({found.container})" if found.container else None
    kind = kind or (f"virtual machine ({found.hypervisor})" if found.hypervisor else board or "no virtualisation found")
    manager = "systemd" if found.systemd_running else f"no systemd (process 1 is {found.init})"
    return ", ".join([kind, *([f"at {found.provider}"] if found.provider else []), manager])


def _cpu(cpu: Cpu) -> str:
    cache = f", L3 {cpu.l3_bytes / 1024**2:.0f} MiB" if not isinstance(cpu.l3_bytes, Missing) else ""
    vectors = " ".join(cpu.vector_extensions) or "no vector extensions"
    return f"{cpu.model}, {cpu.physical_cores} cores, {cpu.logical_cpus} threads{cache}; {vectors}"


def _gpus(devices: tuple[PciDevice, ...]) -> list[str]:
    makers = {vendor: maker for maker, vendor in _BOARDS.items()}
    return [
        f"{device.address} {makers.get(device.vendor, 'vendor')} {device.vendor}:{device.device}, "
        f"driver {device.driver or 'none'}"
        for device in devices
        if device.class_id.startswith(_DISPLAY)
    ]


def _nvidia(found: Nvidia | Missing | None) -> str:
    if found is None:
        return "none"
    if isinstance(found, Missing):
        return f"not known: {found.reason}"
    version = found.driver_version or found.module_version or "version not known"
    if isinstance(found.gpus, Missing):
        return f"{version}, but {found.gpus.reason}"
    gpus = [f"GPU {gpu.index}: {gpu.name}, {gpu.memory_mib} MiB{', MIG' if gpu.mig else ''}" for gpu in found.gpus]
    return "\n".join([version, *(gpus or ["it reports no GPU"])])


def _size(count: int) -> str:
    return f"{count / _GIB:.0f} GiB" if count >= 10 * _GIB else f"{count / _GIB:.1f} GiB"


def _disks(devices: tuple[BlockDevice, ...]) -> list[str]:
    return [_disk(device) for device in devices if device.type not in {"loop", "rom"} and device.size_bytes]


def _disk(device: BlockDevice) -> str:
    words = [device.type, _size(device.size_bytes), device.model, None if device.children else _content(device)]
    where = f", mounted on {', '.join(device.mountpoints)}" if device.mountpoints else ""
    indent = "  " if device.parents else ""
    return f"{indent}{device.name}: {', '.join(word for word in words if word)}{where}"


def _content(device: BlockDevice) -> str:
    if isinstance(device.filesystem, Missing) or isinstance(device.signatures, Missing):
        return str(device.filesystem) if isinstance(device.filesystem, str) else "content not known"
    return device.filesystem or " ".join(device.signatures) or "blank"


def _mounts(mounts: tuple[Mount, ...]) -> list[str]:
    return [f"{m.target}: {m.filesystem}, {_size(m.free_bytes)} free of {_size(m.size_bytes)}" for m in mounts if m.size_bytes]


def _docker(found: Docker | Missing | None) -> str:
    if found is None:
        return "not installed"
    if isinstance(found, Missing):
        return f"not known: {found.reason}"
    root = found.data_root if isinstance(found.data_root, str) else "not known"
    state = "running" if found.running else "not running"
    return f"{found.version}, {state}, data in {root}{', a snap' if found.snap else ''}"


def _held(facts: HostFacts) -> str:
    return f"held by {facts.apt_lock_holder}" if facts.apt_lock_holder else "free"


def _reboot(facts: HostFacts) -> str:
    if facts.reboot_required is None or isinstance(facts.reboot_required, Missing):
        return "not required"
    return f"required by {', '.join(facts.reboot_required) or 'a package that does not say its name'}"


def _reaches(facts: HostFacts) -> str:
    groups: dict[str, list[str]] = {}
    for name, answer in sorted(facts.reachable.items()):
        groups.setdefault("not known" if isinstance(answer, Missing) else "yes" if answer else "no", []).append(name)
    return "\n".join(f"{word}: {', '.join(groups[word])}" for word in ("yes", "no", "not known") if word in groups) or "not asked"

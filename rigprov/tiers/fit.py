"""Does a host have what a tier needs, and if not, by how much does it miss it.

Sold and reported sizes differ: "64 GB" of RAM reads 62.6 GiB (firmware and an integrated GPU take their share), a 24 GB GPU
reads 24564 MiB or 22.5 GiB with ECC, a 500 GB disk holds 465 GiB and a little less as a file system.
"""

from dataclasses import dataclass
from typing import Literal

from rigprov.catalog import gpus
from rigprov.model.host import BlockDevice, HostFacts, Mount
from rigprov.model.missing import Missing
from rigprov.model.tier import Tier

RAM_TOLERANCE = 0.08
VRAM_TOLERANCE = 0.08
DISK_TOLERANCE = 0.12  # decimal to binary (7 %), boot partitions, the file system's own tables


@dataclass(frozen=True)
class Finding:
    """One need, judged. `unknown`: a fact could not be read, or does not settle it."""

    need: Literal["machine", "ram", "disk", "gpu"]
    state: Literal["met", "missed", "unknown"]
    message: str  # one sentence, no full stop, with both amounts
    fix: str = ""


@dataclass(frozen=True)
class Gpu:
    """One GPU as far as it is known, with or without a driver."""

    name: str
    vram_gib: float | None


def judge(facts: HostFacts, tier: Tier, models_path: str = "/srv/models") -> tuple[Finding, ...]:
    """Every need of the tier, in a fixed order, met or not."""
    return (_machine(facts, tier), _ram(facts, tier), _disk(facts, tier, models_path), *_gpus(facts, tier))


def fits(findings: tuple[Finding, ...]) -> bool | None:
    """True: all needs met. False: one is missed. None: nothing missed, but something is unknown."""
    states = {finding.state for finding in findings}
    return False if "missed" in states else None if "unknown" in states else True


def mount_of(path: str, mounts: tuple[Mount, ...]) -> Mount | None:
    """The mounted file system that holds `path`, whether or not the path exists yet."""
    holding = [mount for mount in mounts if path == mount.target or path.startswith(mount.target.rstrip("/") + "/")]
    return max(holding, key=lambda mount: len(mount.target), default=None)


def blank_disks(facts: HostFacts, minimum_gib: float) -> tuple[BlockDevice, ...]:
    """Whole disks that nothing uses and that carry no signature, at least `minimum_gib` in size, largest first."""
    if isinstance(facts.disks, Missing):
        return ()
    found = [
        disk
        for disk in facts.disks
        if disk.type == "disk"
        and not (disk.mountpoints or disk.holders or disk.children or disk.read_only or disk.removable)
        and disk.signatures == ()
        and disk.size_bytes >= minimum_gib * (1 - DISK_TOLERANCE) * 2**30
    ]
    return tuple(sorted(found, key=lambda disk: disk.size_bytes, reverse=True))


def gpus_of(facts: HostFacts) -> tuple[Gpu, ...] | Missing:
    """NVIDIA GPUs this host may use: from the driver where it answers, from the PCI bus otherwise.

    A container sees its host's PCI bus, where GPUs of other tenants are, so there only the driver counts.
    """
    if facts.nvidia is not None and not isinstance(facts.nvidia, Missing) and not isinstance(facts.nvidia.gpus, Missing):
        return tuple(Gpu(gpu.name, gpu.memory_mib / 1024 if gpu.memory_mib else None) for gpu in facts.nvidia.gpus)
    if facts.virtualisation.container is not None:
        return _in_container(facts)
    if isinstance(facts.pci, Missing):
        return facts.pci
    cards = [dev for dev in facts.pci if dev.vendor == gpus.NVIDIA and dev.class_id in gpus.DISPLAY_CLASSES]
    known = [(card, gpus.lookup(card.device, card.subsystem_device)) for card in cards]
    return tuple(
        Gpu(model.name, model.vram_gb) if model else Gpu(f"NVIDIA device {card.vendor}:{card.device}", None)
        for card, model in known
    )


def _in_container(facts: HostFacts) -> tuple[Gpu, ...] | Missing:
    if isinstance(facts.nvidia, Missing):
        return facts.nvidia
    if facts.nvidia is not None and isinstance(facts.nvidia.gpus, Missing):
        return facts.nvidia.gpus
    return ()


def _machine(facts: HostFacts, tier: Tier) -> Finding:
    machine, wanted = facts.kernel.machine, " or ".join(tier.needs.machines)
    if machine in tier.needs.machines:
        return Finding("machine", "met", f"needs {wanted}, is {machine}")
    fix = "install the 64-bit edition of the system" if machine.startswith(("arm", "i")) else "use another machine"
    return Finding("machine", "missed", f"needs {wanted}, is {machine}", fix)


def _ram(facts: HostFacts, tier: Tier) -> Finding:
    need, have = tier.needs.ram_gib, facts.memory.total_mib / 1024
    text = f"needs {need:g} GiB of RAM, has {have:.1f} GiB"
    if have >= need * (1 - RAM_TOLERANCE):
        return Finding("ram", "met", text)
    return Finding("ram", "missed", text, f"add at least {need - have:.1f} GiB, or take a smaller tier")


def _disk(facts: HostFacts, tier: Tier, path: str) -> Finding:
    need = tier.needs.disk_gib
    if isinstance(facts.mounts, Missing):
        return Finding("disk", "unknown", f"needs {need:g} GB of disk, and the mounts could not be read: {facts.mounts.reason}")
    mount = mount_of(path, facts.mounts)
    if mount is None:
        return Finding("disk", "unknown", f"needs {need:g} GB of disk, and the file system under {path} is not known")
    have = mount.size_bytes / 2**30
    text = f"needs {need:g} GB of disk for {path}, {mount.target} has {have:.1f} GiB"
    if have >= need * (1 - DISK_TOLERANCE):
        return Finding("disk", "met", text)
    if spare := blank_disks(facts, need):
        name = f"{spare[0].name} ({spare[0].size_bytes / 1e9:.0f} GB)"
        return Finding("disk", "unknown", f"{text}; {name} looks blank, but rigprov does not set disks up yet")
    return Finding("disk", "missed", text, "mount a larger file system and name it: --set models.path=/mnt/models")


def _gpus(facts: HostFacts, tier: Tier) -> tuple[Finding, ...]:
    if not tier.needs.gpus:
        return ()
    need, vram = tier.needs.gpus, tier.needs.vram_gib
    wanted = f"needs {need} GPU{'s' if need > 1 else ''} with {vram:g} GiB of VRAM{' each' if need > 1 else ''}"
    found = gpus_of(facts)
    if isinstance(found, Missing):
        return (Finding("gpu", "unknown", f"{wanted}, and which it has could not be read: {found.reason}"),)
    enough = [gpu for gpu in found if gpu.vram_gib is not None and gpu.vram_gib >= vram * (1 - VRAM_TOLERANCE)]
    unsettled = [gpu for gpu in found if gpu.vram_gib is None]
    has = f"{wanted}, has {_listed(found)}"
    if len(enough) >= need:
        return (Finding("gpu", "met", has),)
    if len(enough) + len(unsettled) >= need:
        return (Finding("gpu", "unknown", f"{has}; how much only the driver can tell"),)
    return (Finding("gpu", "missed", has, _gpu_fix(facts, found)),)


def _gpu_fix(facts: HostFacts, found: tuple[Gpu, ...]) -> str:
    if found:
        return "add or exchange GPUs, or take a smaller tier"
    if facts.virtualisation.container is not None:
        return "rent a container with a GPU, or start this one with its GPU passed in"
    return "put one in, pass one through to this virtual machine, or take the tier starter"


def _listed(found: tuple[Gpu, ...]) -> str:
    if not found:
        return "none"
    return ", ".join(f"{gpu.name} ({'VRAM unknown' if gpu.vram_gib is None else f'{gpu.vram_gib:.1f} GiB'})" for gpu in found)

"""Does a host have what a tier needs, and if not, by how much does it miss it.

Sold and reported sizes differ: "64 GB" of RAM reads 62.6 GiB (firmware and an integrated GPU take their share), a 24 GB GPU
reads 24564 MiB or 22.5 GiB with ECC, a 500 GB disk holds 465 GiB and a little less as a file system.

A container is as large as was asked for when it was rented, and is there for one model. There a tier's RAM and disk are what is
recommended, and what its smallest model needs is what stops.
"""

from dataclasses import dataclass
from typing import Literal

from rigprov.catalog.models import MODELS
from rigprov.disks.blank import blank_disks
from rigprov.disks.kinds import described, link
from rigprov.model.host import HostFacts, Mount
from rigprov.model.missing import Missing
from rigprov.model.tier import Tier
from rigprov.tiers.gpus import VRAM_TOLERANCE, Gpu, gpus_of
from rigprov.tiers.room import GIB, GPU_HOST_RAM_GIB, on_disk

__all__ = ["Finding", "Gpu", "fits", "gpus_of", "has_vram", "judge", "mount_of"]

RAM_TOLERANCE = 0.08
DISK_TOLERANCE = 0.12  # decimal to binary (7 %), boot partitions, the file system's own tables


@dataclass(frozen=True)
class Finding:
    """One need, judged.

    `scant`: less than the tier recommends, and enough here. `unknown`: a fact could not be read, or does not settle it.
    """

    need: Literal["machine", "ram", "disk", "gpu"]
    state: Literal["met", "scant", "missed", "unknown"]
    message: str  # one sentence, no full stop, with both amounts
    fix: str = ""


def judge(facts: HostFacts, tier: Tier, models_path: str = "/srv/models", planned: Mount | None = None) -> tuple[Finding, ...]:
    """Every need of the tier, in a fixed order, met or not. `planned`: the file system that the models will lie on."""
    gpus = _gpus(facts, tier)
    # Without the GPUs that the tier wants there is nothing that would excuse a small container.
    lenient = facts.virtualisation.container is not None and all(found.state == "met" for found in gpus)
    ram, disk = _ram(facts, tier, lenient=lenient), _disk(facts, tier, models_path, planned, lenient=lenient)
    return (_machine(facts, tier), ram, disk, *gpus)


def fits(findings: tuple[Finding, ...]) -> bool | None:
    """True: all needs met. False: one is missed. None: nothing missed, but something is unknown."""
    states = {finding.state for finding in findings}
    return False if "missed" in states else None if "unknown" in states else True


def mount_of(path: str, mounts: tuple[Mount, ...]) -> Mount | None:
    """The mounted file system that holds `path`, whether or not the path exists yet."""
    holding = [mount for mount in mounts if path == mount.target or path.startswith(mount.target.rstrip("/") + "/")]
    return max(holding, key=lambda mount: len(mount.target), default=None)


def _machine(facts: HostFacts, tier: Tier) -> Finding:
    machine, wanted = facts.kernel.machine, " or ".join(tier.needs.machines)
    if machine in tier.needs.machines:
        return Finding("machine", "met", f"needs {wanted}, is {machine}")
    fix = "install the 64-bit edition of the system" if machine.startswith(("arm", "i")) else "use another machine"
    return Finding("machine", "missed", f"needs {wanted}, is {machine}", fix)


def _ram(facts: HostFacts, tier: Tier, *, lenient: bool) -> Finding:
    need, have = tier.needs.ram_gib, facts.memory.total_mib / 1024
    text = f"needs {need:g} GiB of RAM, has {have:.1f} GiB"
    if have >= need * (1 - RAM_TOLERANCE):
        return Finding("ram", "met", text)
    if lenient and tier.needs.gpus and have >= GPU_HOST_RAM_GIB * (1 - RAM_TOLERANCE):
        enough = f"enough in a container whose models lie in VRAM ({GPU_HOST_RAM_GIB:g} GiB are needed)"
        return Finding("ram", "scant", f"{text}; {enough}")
    return Finding("ram", "missed", text, f"add at least {need - have:.1f} GiB, or take a smaller tier")


def _disk(facts: HostFacts, tier: Tier, path: str, planned: Mount | None, *, lenient: bool) -> Finding:
    need = tier.needs.disk_gib
    if isinstance(facts.mounts, Missing):
        return Finding("disk", "unknown", f"needs {need:g} GB of disk, and the mounts could not be read: {facts.mounts.reason}")
    mount = planned or mount_of(path, facts.mounts)
    if mount is None:
        return Finding("disk", "unknown", f"needs {need:g} GB of disk, and the file system under {path} is not known")
    have = mount.size_bytes / 2**30
    text = f"needs {need:g} GB of disk for {path}, {mount.target} has {have:.1f} GiB"
    if have >= need * (1 - DISK_TOLERANCE):
        return Finding("disk", "met", text)
    if lenient and tier.benchmarks:
        model = min((MODELS[item.model] for item in tier.benchmarks), key=lambda model: model.size_bytes)
        room = on_disk(model, mount.size_bytes)
        if room.fits:
            return Finding("disk", "scant", f"{text}; enough in a container for {model.title} ({room.need / GIB:.1f} GiB)")
    return Finding("disk", "missed", text, _way_out(facts, mount, need))


def _way_out(facts: HostFacts, mount: Mount, need_gib: float) -> str:
    spare = [disk for disk in blank_disks(facts) if disk.size_bytes >= need_gib * (1 - DISK_TOLERANCE) * GIB]
    if spare:
        return f"{described(spare[0])}, is blank: if it may be formatted for models, say --format {link(spare[0])}"
    if mount.source.startswith("/dev/disk/by-id/"):  # a disk that is to be formatted
        return "name a larger disk, or leave --format out"
    return "mount a larger file system and name it: --set models.path=/data/models"


def _gpus(facts: HostFacts, tier: Tier) -> tuple[Finding, ...]:
    if not tier.needs.gpus:
        return ()
    need, vram, single = tier.needs.gpus, tier.needs.vram_gib, tier.needs.or_vram_gib
    wanted = f"needs {need} GPU{'s' if need > 1 else ''} with {vram:g} GiB of VRAM{' each' if need > 1 else ''}"
    if single:
        wanted += f", or one with {single:g} GiB"
    found = gpus_of(facts)
    if isinstance(found, Missing):
        return (Finding("gpu", "unknown", f"{wanted}, and which it has could not be read: {found.reason}"),)
    enough = [gpu for gpu in found if has_vram(gpu, vram)]
    unsettled = [gpu for gpu in found if gpu.vram_gib is None]
    has = f"{wanted}, has {_listed(found)}"
    if len(enough) >= need or (single and any(has_vram(gpu, single) for gpu in found)):
        return (Finding("gpu", "met", has),)
    if unsettled and (single or len(enough) + len(unsettled) >= need):
        return (Finding("gpu", "unknown", f"{has}; how much only the driver can tell"),)
    return (Finding("gpu", "missed", has, _gpu_fix(facts, found)),)


def has_vram(gpu: Gpu, gib: float) -> bool:
    """Whether a GPU has that much, as it is sold; not where its size is not known."""
    return gpu.vram_gib is not None and gpu.vram_gib >= gib * (1 - VRAM_TOLERANCE)


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

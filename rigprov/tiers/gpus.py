"""The GPUs of a host, as far as they are known with or without a driver."""

from dataclasses import dataclass

from rigprov.catalog import gpus
from rigprov.catalog.gpu_names import named
from rigprov.catalog.gpus import GpuModel, Memory, kind_by_name
from rigprov.model.host import HostFacts, NvidiaGpu
from rigprov.model.missing import Missing

VRAM_TOLERANCE = 0.08


@dataclass(frozen=True)
class Gpu:
    """One GPU. None: not known."""

    name: str
    vram_gib: float | None
    index: int | None = None  # the driver's, in the order of the PCI bus
    bandwidth_gb_s: float | None = None  # peak, from the catalogue
    memory: Memory = "gddr"


def gpus_of(facts: HostFacts) -> tuple[Gpu, ...] | Missing:
    """NVIDIA GPUs this host may use: from the driver where it answers, from the PCI bus otherwise.

    A container sees its host's PCI bus, where GPUs of other tenants are, so there only the driver counts.
    """
    if facts.nvidia is not None and not isinstance(facts.nvidia, Missing) and not isinstance(facts.nvidia.gpus, Missing):
        return tuple(_driven(gpu) for gpu in facts.nvidia.gpus)
    if facts.virtualisation.container is not None:
        return _in_container(facts)
    if isinstance(facts.pci, Missing):
        return facts.pci
    cards = [dev for dev in facts.pci if dev.vendor == gpus.NVIDIA and dev.class_id in gpus.DISPLAY_CLASSES]
    cards = [dev for dev in cards if dev.driver not in ("vfio-pci", "pci-stub")] or cards  # those are kept for virtual machines
    known = [(card, gpus.lookup(card.device, card.subsystem_device)) for card in cards]
    return tuple(_carded(model) if model else Gpu(f"NVIDIA device {card.vendor}:{card.device}", None) for card, model in known)


def _in_container(facts: HostFacts) -> tuple[Gpu, ...] | Missing:
    if isinstance(facts.nvidia, Missing):
        return facts.nvidia
    if facts.nvidia is not None and isinstance(facts.nvidia.gpus, Missing):
        return facts.nvidia.gpus
    return ()


def _driven(gpu: NvidiaGpu) -> Gpu:
    """As the driver tells, with the catalogue's bandwidth where name and memory settle which card it is.

    A slice of a partitioned GPU (MIG) has a part of the bandwidth that the catalogue does not know.
    """
    memory = gpu.memory_mib / 1024 if gpu.memory_mib else None
    cards = named(gpu.name)
    if len(cards) > 1 and memory is not None:
        cards = tuple(card for card in cards if card.vram_gb and abs(memory / card.vram_gb - 1) <= VRAM_TOLERANCE)
    if len(cards) == 1 and not gpu.mig:
        return Gpu(gpu.name, memory, gpu.index, cards[0].bandwidth_gb_s, cards[0].kind)
    return Gpu(gpu.name, memory, gpu.index, None, kind_by_name(gpu.name))


def _carded(model: GpuModel) -> Gpu:
    return Gpu(model.name, model.vram_gb, None, model.bandwidth_gb_s, model.kind)

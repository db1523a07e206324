"""Generations of NVIDIA GPUs by PCI device id, for cards that the table of models does not list.

Id ranges: PCI id database (2026-08). Modules and branches: NVIDIA's driver installation guide and its list of legacy branches
(2026). Audio, USB and CPU functions lie inside these ranges too, so a function's class is looked at first.
"""

from dataclasses import dataclass

from rigprov.catalog.gpus import GpuModel, Modules


@dataclass(frozen=True)
class Generation:
    """What all cards of a generation have in common. `ranges`: first and last device id."""

    name: str
    modules: Modules
    min_branch: int | None
    max_branch: int | None
    compute_capability: str  # "" where cards of the generation differ in it
    ranges: tuple[tuple[int, int], ...]


GENERATIONS = (
    Generation("Fermi or older", "proprietary", None, 390, "", ((0x0001, 0x0FBF), (0x1040, 0x117F), (0x1200, 0x127F))),
    Generation("Kepler", "proprietary", None, 470, "3.5", ((0x0FC0, 0x103F), (0x1180, 0x11FF), (0x1280, 0x12BF))),
    Generation("Maxwell", "proprietary", None, 580, "5.2", ((0x1340, 0x1436), (0x1613, 0x1676), (0x174D, 0x17FD))),
    Generation("Pascal", "proprietary", None, 580, "", ((0x15C2, 0x15FF), (0x1725, 0x172F), (0x1B00, 0x1D56))),
    Generation("Volta", "proprietary", None, 580, "7.0", ((0x1D81, 0x1DF6),)),
    Generation("Turing", "either", None, None, "7.5", ((0x1E02, 0x1FF9), (0x2182, 0x21D1))),
    Generation("Ampere", "either", None, None, "8.0", ((0x2080, 0x20FF),)),
    Generation("Ampere", "either", None, None, "8.6", ((0x2200, 0x2291), (0x2414, 0x25FB))),
    Generation("Hopper", "either", 525, None, "9.0", ((0x2302, 0x23F0),)),
    Generation("Ada", "either", 525, None, "8.9", ((0x2681, 0x28F8),)),
    Generation("Blackwell", "open", 570, None, "10.0", ((0x2900, 0x2B00),)),
    Generation("Blackwell", "open", 575, None, "12.0", ((0x2B85, 0x2F80),)),
    Generation("Rubin", "open", 615, None, "", ((0x3000, 0x30C0),)),
    Generation("Blackwell Ultra", "open", 580, None, "10.3", ((0x3180, 0x323E),)),
)
NEWER = Generation("newer than this table", "open", None, None, "", ())


def of(device: str) -> Generation:
    """Generation of a display function by its device id (4 hex digits); `NEWER` where no range holds it."""
    number = int(device, 16)
    return next((found for found in GENERATIONS if any(low <= number <= high for low, high in found.ranges)), NEWER)


def stand_in(device: str) -> GpuModel:
    """What can be said of a card by its generation alone; its memory only the driver tells."""
    found = of(device)
    return GpuModel(
        name=f"NVIDIA device 10de:{device} ({found.name})",
        generation=found.name,
        vram_gb=None,
        bandwidth_gb_s=None,
        compute_capability=found.compute_capability,
        modules=found.modules,
        min_branch=found.min_branch,
        max_branch=found.max_branch,
    )

"""Does a model fit into memory, and how much is left or lacking. Pure.

Bytes throughout. VRAM as the driver reports it, or as sold before there is a driver.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rigprov.catalog.pinned import Model

GIB = 2**30
GPU_RESERVE = 1 * GIB  # per GPU: driver, CUDA context, a desktop (an RTX 3090 offers 23.6 of its 24 GiB)
DISK_RESERVE = 2 * GIB  # Docker, the engine, package lists, and what the models role leaves free
# Weights lie in VRAM. What stays in the host's memory: the system, the CUDA context with its pinned buffers (about 1 GiB), the
# engine and its token buffers (about 1 GiB); the file only passes through the page cache, which gives way.
GPU_HOST_RAM_GIB = 8.0


@dataclass(frozen=True)
class Room:
    """Need and supply of memory."""

    need: int
    have: int

    @property
    def fits(self) -> bool:
        """Whether it fits."""
        return self.spare >= 0

    @property
    def spare(self) -> int:
        """What is left; negative: what is lacking."""
        return self.have - self.need


def in_vram(model: Model, context: int, vram_gib: Sequence[float]) -> Room:
    """Room for a model with a full context on GPUs of these sizes, the reserve of each taken off."""
    return Room(model.resident_bytes(context), max(int(sum(vram_gib) * GIB) - GPU_RESERVE * len(vram_gib), 0))


def on_disk(model: Model, free: int) -> Room:
    """Room for a model's file and the reserve."""
    return Room(model.size_bytes + DISK_RESERVE, free)

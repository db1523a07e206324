"""A tier: what a class of machine needs, what it gets, and what it must prove."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Split = Literal["none", "layer", "row", "tensor"]  # of a model over several GPUs, as llama.cpp's `--split-mode` has it


@dataclass(frozen=True)
class Needs:
    """What a host must have. Compared with a tolerance, since "64 GB" of RAM reads 62.6 GiB."""

    ram_gib: float
    disk_gib: float  # size of the file system that holds the models, as sold ("500 GB"); free space is judged by the model
    gpus: int = 0
    vram_gib: float = 0.0  # of each GPU
    or_vram_gib: float = 0.0  # a single GPU with this much will do instead of `gpus`; 0: none will
    machines: tuple[str, ...] = ("x86_64", "aarch64")  # as `uname -m` prints it


@dataclass(frozen=True)
class Benchmark:
    """What is measured, and the floor it must pass.

    Args:
        model: key in `rigprov.catalog.models`.
        context: tokens of context the server is started with.
        floors: class of machine (see `rigprov.plan.benchmark`) -> decode tokens/s that a healthy one exceeds.
        source: where the floors come from.
        split: of the model over several GPUs; "none": it lies on one.
        flash_attention: whether the engine is told to use it; None: left to the engine.
        reference: GPU and number of them for which the expected band is shown in listings.
    """

    model: str
    context: int
    floors: Mapping[str, float]
    source: str
    split: Split = "none"
    flash_attention: bool | None = None
    reference: tuple[str, int] | None = None

    @property
    def name(self) -> str:
        """What `--model` takes: the model, with the split where it is not llama.cpp's usual one."""
        return self.model if self.split in ("none", "layer") else f"{self.model}:{self.split}"


@dataclass(frozen=True)
class Tier:
    """A profile. `values` are role variables by their full name (`docker_log_max_size`)."""

    name: str
    summary: str
    needs: Needs
    roles: tuple[str, ...]
    benchmarks: tuple[Benchmark, ...]  # best first; the plan takes the first that fits the host
    expectation: str  # in words, for the tier table
    values: Mapping[str, object] = field(default_factory=dict)

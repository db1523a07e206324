"""A tier: what a class of machine needs, what it gets, and what it must prove."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Needs:
    """What a host must have. Compared with a tolerance, since "64 GB" of RAM reads 62.6 GiB."""

    ram_gib: float
    disk_gib: float  # size of the file system that holds the models, as sold ("500 GB"); free space is judged by the model
    gpus: int = 0
    vram_gib: float = 0.0  # of each GPU
    machines: tuple[str, ...] = ("x86_64", "aarch64")  # as `uname -m` prints it


@dataclass(frozen=True)
class Benchmark:
    """What is measured, and the floor it must pass.

    Args:
        model: key in `rigprov.catalog.models`.
        context: tokens of context the server is started with.
        floors: class of machine (see `rigprov.plan.benchmark`) -> decode tokens/s that a healthy one exceeds.
        source: where the floors come from.
    """

    model: str
    context: int
    floors: Mapping[str, float]
    source: str


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

"""Which of a host's GPUs hold the benchmark's model."""

from rigprov.model.host import HostFacts
from rigprov.model.missing import Missing
from rigprov.model.tier import Benchmark, Tier
from rigprov.tiers.fit import has_vram
from rigprov.tiers.gpus import Gpu, gpus_of


def used_gpus(facts: HostFacts, tier: Tier, benchmark: Benchmark) -> tuple[Gpu, ...] | Missing:
    """The GPUs, in the driver's order; Missing where it cannot be told.

    Without a split: the one with the most memory. With one: all that have what the tier wants of each, or the largest where
    that one alone will do; a small card for the screen would only hold the others up.
    """
    found = gpus_of(facts)
    if isinstance(found, Missing):
        return found
    if unknown := [gpu.name for gpu in found if gpu.vram_gib is None]:
        return Missing(f"the memory of {unknown[0]} is not known")
    if not found:
        return ()
    largest = max(found, key=lambda gpu: gpu.vram_gib or 0)
    if benchmark.split == "none":
        return (largest,)
    return tuple(gpu for gpu in found if has_vram(gpu, tier.needs.vram_gib)) or (largest,)

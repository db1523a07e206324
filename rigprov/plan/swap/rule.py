"""How much swap a host should have, before its disk has a say.

Swap serves what cannot be dropped and read again: caches of keys and values, Python, and weights that are loaded without
being mapped. Weights that are mapped from a file never go there.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from rigprov.catalog.models import MODELS
from rigprov.model.missing import Missing
from rigprov.plan.case import GIB, MIB, Case, gib
from rigprov.tiers.gpus import gpus_of

SMALL_RAM_MIB, LARGE_RAM_MIB = 8 * 1024, 64 * 1024
MIDDLE_MIB, LARGE_MIB = 8 * 1024, 4 * 1024
MODEL_FACTOR = 1.2  # RAM and swap together hold this many times the largest model
VRAM_SHARE = 0.8  # engines stage what fits into this much of the GPUs' memory, when less RAM is free than the model takes
ENOUGH = 0.95  # of what is wanted: sizes are sold and reported with a little less
SYSTEM_MIB = 3 * 1024  # what the system takes beside staged weights
FINE_MIB = 64  # steps of a small size; a large one goes in whole GiB, since free space differs a little from run to run


@dataclass(frozen=True)
class Want:
    """What the rule asks for, in MiB.

    Args:
        any_kind: for every machine of this size of RAM; compressed memory (zram) serves as well.
        weights: beyond that, on a disk: weights do not compress, so zram gains nothing for them.
        reason: begins with the amount, and names those that it comes from.
        holds: what fits into RAM and swap together; empty: the reason says it, or there is nothing.
        model: name and size of the model that was reckoned with; empty: none.
    """

    any_kind: int
    weights: int
    reason: str
    holds: str = ""
    model: str = ""

    @property
    def size(self) -> int:
        """MiB of swap on a disk that satisfy both."""
        return max(self.any_kind, self.weights)

    def lacking(self, disk: int, zram: int) -> int:
        """What is missing beside these amounts of swap; 0 where it is next to nothing."""
        short = max(self.any_kind - disk - zram, self.weights - disk)
        enough = disk + zram >= self.any_kind * ENOUGH and disk >= self.weights * ENOUGH
        return 0 if enough else short


def want(case: Case) -> Want:
    """The rule, applied to RAM, GPU memory and the largest model."""
    ram = case.facts.memory.total_mib
    base, why = _by_ram(ram)
    needs = sorted(_weights(case), reverse=True)
    largest = _largest(case)
    model = f"{largest[1]} ({gib(largest[0])})" if largest else ""
    if needs and needs[0][0] - ram > base:
        size = rounded(needs[0][0] - ram, up=True)
        why = f"{gib(size * MIB)}, so that RAM ({gib(ram * MIB)}) and swap together hold {needs[0][1]}"
        return Want(base, size, why, model=model)
    # What is lacking is less than any machine gets, and still has to lie on a disk.
    lacking = max(needs[0][0] - ram, 0) if needs else 0
    return Want(base, lacking, why, f"with the RAM that holds {needs[0][1]}" if needs else "", model)


def _by_ram(ram: int) -> tuple[int, str]:
    has = gib(ram * MIB)
    if ram < SMALL_RAM_MIB:
        return rounded(ram), f"{gib(rounded(ram) * MIB)}, about the RAM ({has}), on a machine with less than 8 GiB"
    if ram <= LARGE_RAM_MIB:
        return MIDDLE_MIB, f"8.0 GiB on a machine with 8 to 64 GiB of RAM ({has})"
    return LARGE_MIB, f"4.0 GiB on a machine with more than 64 GiB of RAM ({has})"


def _weights(case: Case) -> Iterator[tuple[int, str]]:
    """Memory in MiB that weights may take which are not mapped, and what they are."""
    if largest := _largest(case):
        size, title = largest
        yield int(MODEL_FACTOR * size / MIB), f"{MODEL_FACTOR} times {title} ({gib(size)})"
    if vram := _vram_mib(case):
        staged = (
            f"what is staged for the GPUs ({VRAM_SHARE} of {gib(vram * MIB)} of VRAM) beside {gib(SYSTEM_MIB * MIB)} of system"
        )
        yield int(VRAM_SHARE * vram) + SYSTEM_MIB, staged


def _largest(case: Case) -> tuple[int, str] | None:
    """The largest of the tier's models and of those that the user wants besides."""
    models = [MODELS[item.model] for item in case.tier.benchmarks]
    found = [*((model.size_bytes, model.title) for model in models), *wanted_files(case)]
    return max(found, default=None)


def wanted_files(case: Case) -> Iterator[tuple[int, str]]:
    """Size and file name of models that the user added."""
    wanted = case.wish("models_wanted")
    for item in wanted if isinstance(wanted, list) else ():
        if isinstance(item, dict) and isinstance(item.get("size_bytes"), int):
            yield item["size_bytes"], str(item.get("file", item.get("name", "a model")))


def _vram_mib(case: Case) -> int:
    """Of all GPUs that the tier uses, as far as it is known."""
    found = gpus_of(case.facts) if case.tier.needs.gpus else ()
    return 0 if isinstance(found, Missing) else int(sum(gpu.vram_gib or 0 for gpu in found) * GIB / MIB)


def rounded(size_mib: int, *, up: bool = False) -> int:
    """To 64 MiB, and to whole GiB where it is large."""
    step = GIB // MIB if size_mib >= MIDDLE_MIB // 2 else FINE_MIB
    return -(-size_mib // step) * step if up else size_mib // step * step

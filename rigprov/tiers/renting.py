"""Which of a cloud's machines fits a tier. Pure; a speed that comes up here is predicted, never measured."""

from dataclasses import dataclass

from rigprov.catalog.gpu_names import gpu
from rigprov.catalog.models import MODELS
from rigprov.catalog.rentals import CONTAINERS, Rental, rentals
from rigprov.errors import UsageError
from rigprov.model.proof import Band
from rigprov.model.tier import Benchmark, Tier
from rigprov.tiers.predict import Card
from rigprov.tiers.prediction import predict

_BEYOND_MODELS_GIB = 20  # the system, images, the engine
_SMALLEST_DISK_GIB = 50
_GPU_CLASS = "gpu"


@dataclass(frozen=True)
class Rented:
    """A machine for a tier.

    Args:
        rental: what to ask the cloud for.
        disk_gib: size of its disk.
        benchmark: what will be measured there; None: the tier measures nothing, or the CPU decides.
        expected: predicted tokens/s; None as for `benchmark`.
    """

    rental: Rental
    disk_gib: int
    benchmark: Benchmark | None = None
    expected: Band | None = None


def rented(tier: Tier, cloud: str) -> Rented:
    """The first of the cloud's machines that has what the tier needs and is likely to reach its floor.

    Raises:
        UsageError: there is none.
    """
    disk = max(_SMALLEST_DISK_GIB, round(tier.needs.disk_gib) + _BEYOND_MODELS_GIB)
    for rental in rentals():
        if rental.cloud == cloud and (found := _fits(tier, rental, disk)):
            return found
    others = sorted({rental.cloud for rental in rentals() if _fits(tier, rental, disk)})
    why = "it rents out GPUs only" if cloud in CONTAINERS and not tier.needs.gpus else "none has what it needs"
    hint = f"these have one: {', '.join(others)}" if others else "rent a machine by hand, and name it to `rigprov apply`"
    raise UsageError(f"no machine of {cloud} is known for tier `{tier.name}`: {why}", hint=hint)


def _fits(tier: Tier, rental: Rental, disk: int) -> Rented | None:
    needs = tier.needs
    if rental.ram_gib is not None and rental.ram_gib < needs.ram_gib:
        return None
    if not needs.gpus:
        return None if rental.count else Rented(rental, disk)
    if not rental.count:
        return None
    card = gpu(rental.gpu)
    vram = card.vram_gb or 0
    enough = rental.count >= needs.gpus and vram >= needs.vram_gib
    if not (enough or (needs.or_vram_gib and vram >= needs.or_vram_gib)) or card.bandwidth_gb_s is None:
        return None
    return _quick(tier, rental, disk, Card(card.name, card.bandwidth_gb_s, card.kind, vram))


def _quick(tier: Tier, rental: Rental, disk: int, card: Card) -> Rented | None:
    """Whether the middle of what is predicted for the model that will be measured reaches its floor."""
    for benchmark in tier.benchmarks:
        split = benchmark.split if rental.count > 1 else "none"
        found = predict(MODELS[benchmark.model], [card] * rental.count, context=benchmark.context, split=split, link="unknown")
        if found.room is None or not found.room.fits or _GPU_CLASS not in benchmark.floors:
            continue
        middle = (found.start.low + found.start.high) / 2
        return Rented(rental, disk, benchmark, found.start) if middle >= benchmark.floors[_GPU_CLASS] else None
    return None if tier.benchmarks else Rented(rental, disk)

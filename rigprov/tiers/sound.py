"""Whether the fields of a tier of the user's own are of the kinds that the rest of the program takes them for. Pure."""

import math
import re
from collections.abc import Iterable, Mapping

from rigprov.model.tier import Benchmark, Needs, Tier

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")  # as tags and labels of all clouds can hold it


def fault(tier: Tier) -> str | None:
    """The first thing that is wrong, as a sentence; None: nothing."""
    if not isinstance(tier.name, str) or not _NAME.fullmatch(tier.name):
        return "name must be small letters, digits, `_` and `-`, at most 32, the first a letter"
    if not isinstance(tier.needs, Needs):
        return "needs must be Needs(...)"
    if not isinstance(tier.roles, tuple | list) or not _texts(tier.roles):
        return "roles must be a tuple of names"
    if not isinstance(tier.benchmarks, tuple | list) or not all(isinstance(item, Benchmark) for item in tier.benchmarks):
        return "benchmarks must be a tuple of Benchmark(...)"
    if not isinstance(tier.values, Mapping) or not _texts(tier.values):
        return "values must be a dictionary"
    return _of_needs(tier.needs) or next((wrong for item in tier.benchmarks if (wrong := _of_benchmark(item))), None)


def _of_needs(needs: Needs) -> str | None:
    for name in ("ram_gib", "disk_gib", "vram_gib", "or_vram_gib"):
        if not _number(getattr(needs, name)):
            return f"needs: {name} must be a number from 0 on"
    if not isinstance(needs.machines, tuple | list) or not _texts(needs.machines):
        return "needs: machines must be a tuple of names"
    return None if _whole(needs.gpus) else "needs: gpus must be a whole number from 0 on"


def _of_benchmark(benchmark: Benchmark) -> str | None:
    if not isinstance(benchmark.model, str):
        return "a benchmark's model must be a name"
    if not _whole(benchmark.context) or not benchmark.context:
        return f"benchmark {benchmark.model}: context must be a whole number from 1 on"
    floors: object = benchmark.floors
    if not isinstance(floors, Mapping) or not _texts(floors) or not all(_number(floor) for floor in floors.values()):
        return f"benchmark {benchmark.model}: floors must be a dictionary of classes and tokens/s"
    return None


def _texts(items: Iterable[object]) -> bool:
    return all(isinstance(item, str) for item in items)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0

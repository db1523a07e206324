"""A tier of the user's own whose fields are of another kind than the program takes them for."""

from dataclasses import replace
from typing import Any

import pytest

from rigprov.model.tier import Benchmark, Needs
from rigprov.tiers import BUILT_IN, STARTER
from rigprov.tiers.sound import fault

NAME = "name must be small letters, digits, `_` and `-`, at most 32, the first a letter"
FLOORS = "benchmark smollm2-135m: floors must be a dictionary of classes and tokens/s"


def needs(**fields: Any) -> dict[str, Any]:
    return {"needs": replace(Needs(ram_gib=4, disk_gib=10), **fields)}


def benchmark(**fields: Any) -> dict[str, Any]:
    return {"benchmarks": (replace(Benchmark("smollm2-135m", 1024, {"pc": 20.0}, "mine"), **fields),)}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": None}, NAME),
        ({"name": "a\n# b"}, NAME),
        ({"name": "My tier"}, NAME),
        ({"roles": (5,)}, "roles must be a tuple of names"),
        ({"values": {5: 1}}, "values must be a dictionary"),
        (needs(ram_gib="lots"), "needs: ram_gib must be a number from 0 on"),
        (needs(disk_gib=None), "needs: disk_gib must be a number from 0 on"),
        (needs(vram_gib=float("nan")), "needs: vram_gib must be a number from 0 on"),
        (needs(or_vram_gib=-1), "needs: or_vram_gib must be a number from 0 on"),
        (needs(gpus="2"), "needs: gpus must be a whole number from 0 on"),
        (needs(machines="x86_64"), "needs: machines must be a tuple of names"),
        (benchmark(model=3), "a benchmark's model must be a name"),
        (benchmark(context="big"), "benchmark smollm2-135m: context must be a whole number from 1 on"),
        (benchmark(context=0), "benchmark smollm2-135m: context must be a whole number from 1 on"),
        (benchmark(floors={"pc": "fast"}), FLOORS),
        (benchmark(floors=20.0), FLOORS),
    ],
)
def test_what_is_wrong(fields: dict[str, Any], message: str) -> None:
    assert fault(replace(STARTER, **fields)) == message


@pytest.mark.parametrize("tier", [*BUILT_IN, replace(STARTER, name="my_own-2", needs=Needs(ram_gib=10**400, disk_gib=0.5))])
def test_sound(tier: Any) -> None:
    assert fault(tier) is None

from typing import Any

import pytest

from rigprov.model.proof import Device
from rigprov.verify.enginelog import EngineLog
from rigprov.verify.gpu.bound import bound
from rigprov.verify.limit import Limit
from tests.unit.verify.cases import evidence

NAMES = {0: "CUDA0", 1: "CUDA1"}
ONE = (Device(0, "a", bandwidth_gb_s=1000.0),)
TWO = (*ONE, Device(1, "b", bandwidth_gb_s=500.0))
HALVES = EngineLog(81, 81, model={"CUDA0": 5000.0, "CUDA1": 5000.0})
TENSOR = EngineLog(81, 81, model={"Meta(CUDA0,CUDA1)": 10000.0})
ALONE = EngineLog(33, 33, model={"CPU_Mapped": 100.0, "CUDA0": 9900.0})


@pytest.mark.parametrize(
    ("changes", "devices", "log", "expected"),
    [
        ({}, ONE, ALONE, Limit(100.0, 0.6, raw_tokens_per_s=100.0)),
        ({"bytes_per_token": 4_000_000_000}, ONE, ALONE, Limit(250.0, 0.24, raw_tokens_per_s=250.0)),
        # 5 GB at 1000 GB/s, then 5 GB at 500 GB/s: 15 ms a token
        ({}, TWO, HALVES, Limit(66.7, 0.9, raw_tokens_per_s=1 / 0.015)),
        ({}, TWO, TENSOR, Limit(150.0, 0.4, raw_tokens_per_s=150.0)),
        ({"series": ()}, ONE, ALONE, Limit(100.0, None, "not measured: no run", 100.0)),
        ({"series": ((111.0,),)}, ONE, ALONE, Limit(100.0, 1.11, raw_tokens_per_s=100.0, exceeded=True)),
        ({}, (Device(0, "GB10"),), ALONE, Limit(why_not="not known: the driver does not tell the GPU's memory bandwidth")),
        ({"bytes_per_token": None, "bytes_reason": "no GGUF"}, ONE, ALONE, Limit(why_not="not known: no GGUF")),
    ],
)
def test_bound(changes: dict[str, Any], devices: tuple[Device, ...], log: EngineLog, expected: Limit) -> None:
    measured = evidence(60.0, 60.0, 60.0, **{"bytes_per_token": 10_000_000_000, **changes})
    assert bound(measured, devices, NAMES, log) == expected


def test_a_small_model_may_live_in_the_cache() -> None:
    found = bound(evidence(9000.0, bytes_per_token=90_000_000), ONE, NAMES, ALONE)
    assert (found.tokens_per_s, found.exceeded) == (None, False)


def test_with_layers_on_the_cpu_the_share_means_nothing() -> None:
    part = EngineLog(20, 33, model={"CPU_Mapped": 4000.0, "CUDA0": 6000.0})
    assert bound(evidence(9.0, bytes_per_token=10_000_000_000), ONE, NAMES, part).share is None

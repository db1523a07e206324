"""Hosts as the measuring script describes them, recorded with the real sampler from stand-in cards.

`python -m tests.unit.verify.gpu_cases` writes them to tests/fixtures/verify/. The engines' lines are in the form of llama.cpp's
own; sizes of buffers are from public logs of these models or computed from their shapes.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from rigprov.verify.host import machine, nvml_card
from rigprov.verify.host.nvml_query import Nvml
from rigprov.verify.host.nvml_recorder import PERIOD_S, Recorder
from tests.unit.verify import gpu_cards, gpu_logs
from tests.unit.verify.fake_nvml import MEMORY, SM, Card, FakeNvml, Series, process
from tests.unit.verify.gpu_cards import ENGINE, NS, phases, rtx_3090

FOLDER = Path(__file__).parents[2] / "fixtures" / "verify"
SHA = "c" * 64
PATH = "/srv/models/model.gguf"
NAMES = {4_800_201: "Xorg", 4_800_202: "gnome-shell", ENGINE: "llama-server"}
SECOND_BUS = "00000000:41:00.0"


@dataclass(frozen=True)
class Case:
    """One host.

    Args:
        runs: decode tokens/s.
        nvml: makes the driver, anew for each recording; None: there is none.
        log: of the engine's start.
        bytes_per_token: of the model's weights.
        more: further parts of the document.
    """

    runs: Sequence[float]
    nvml: Callable[[], FakeNvml] | None
    log: list[str]
    bytes_per_token: int = 19_300_000_000
    more: dict[str, Any] = field(default_factory=dict)


def watched(nvml: FakeNvml, ticks: int = gpu_cards.TICKS) -> dict[str, Any]:
    """What the recorder makes of a driver."""
    ram = {"total": 128 << 30, "available": 100 << 30}
    with (
        patch.object(nvml_card, "OWN_PROCESS_IDS", new=True),
        patch.object(nvml_card, "_name", NAMES.get),
        patch.object(machine, "ram_bytes", lambda: ram),
    ):
        recorder = Recorder(Nvml(nvml), ENGINE)
        for tick in range(ticks):
            nvml.tick = tick
            recorder.tick(tick * PERIOD_S)
        return recorder.end()


def record(case: Case) -> dict[str, Any]:
    """The host's document."""
    gpu = watched(case.nvml()) if case.nvml else {"code": "no-driver", "reason": "there is no NVIDIA driver"}
    watch = {"seconds": 4.0, "wanted_cores": 1.0, "foreign_cores": 0.1, "stolen_cores": 0.0, "throttled_s": 0.0}
    attempts = [
        {"series": 1, "run": run, "tok_s": speed, "disturbed": False, "kept": True, "watch": watch}
        for run, speed in enumerate(case.runs, 1)
    ]
    found = {
        "schema": 1,
        "l3_bytes": 32 << 20,
        "cores": 16,
        "config": {"threads": 16, "context": 4096},
        "was_running": False,
        "load_s": 14.2,
        "engine": "llama-server b9310",
        "loaded": {"path": PATH, "file": "current"},
        "model": {"path": PATH, "sha256": SHA},
        "bytes_per_token": case.bytes_per_token,
        "warm_up": {"text": "Rivers shape the land they flow through.", "tok_s": case.runs[0], "tokens": 128},
        "series": [list(case.runs)],
        "attempts": attempts,
        "prompt": {"tokens": 400, "tok_s": 1000.0},
        "first_token_s": 0.2,
        "bandwidth": {"gb_s": 41.0, "disturbed": False},
        "memory": {"available": 100 << 30, "swap_used": 0},
        "governor": "schedutil",
        "gpu": gpu,
        "engine_log": case.log,
    }
    return json.loads(json.dumps({**found, **case.more}))  # type: ignore[no-any-return]


def _one(card: Card, **driver: Any) -> Callable[[], FakeNvml]:
    return lambda: FakeNvml(card.but(), **driver)


def _two(peers: dict[int, int], second: Card, first: Card | None = None) -> Callable[[], FakeNvml]:
    one = first or rtx_3090(taken_mib=20_900)
    return lambda: FakeNvml(one.but(), second.but(), peers={(0, 1): peers})


def _reasons(bits: int, clocks: tuple[int, ...], **answers: Any) -> Card:
    seen = {"GetCurrentClocksEventReasons": phases(1, 0, bits), **answers}
    return rtx_3090(**seen).but({("GetClockInfo", SM): phases(210, 1695, clocks)})


def _counting(card: Card, number: int, per_tick: float) -> Card:
    grown = Series(tuple(int(max(0, tick - 8) * per_tick * PERIOD_S * NS) for tick in range(gpu_cards.TICKS)))
    return card.but(fields={**card.fields, number: grown})


HEALTHY = (35.1, 35.0, 35.2, 35.1, 34.9)
SPLIT = (16.3, 16.2, 16.3, 16.3, 16.2)
_DESKTOP = [process(4_800_201, 610.0), process(4_800_202, 290.0)]
_LIMIT = dict.fromkeys(("GetPowerManagementLimit", "GetEnforcedPowerLimit"), 250_000)
_CAPPED = _reasons(0x4, (1140, 1095), GetPowerUsage=phases(24_000, 110_000, 249_600), **_LIMIT)
_HOT = _reasons(0x68, (1830, 1500, 900, 600), GetTemperatureV=phases(41, 50, (88, 94, 95, 95)))
_BRAKE = _reasons(0x88, (1830, 600, 600))
_X4: dict[str, Any] = {"GetCurrPcieLinkWidth": 4, "GetMaxPcieLinkWidth": 4, "GetCurrPcieLinkGeneration": phases(1, 2, 2)}
_OLD = ("nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetTemperatureV")
_BRIDGED = gpu_cards.nvlinked(rtx_3090(taken_mib=20_900), SECOND_BUS)
_FAR = gpu_cards.nvlinked(rtx_3090(SECOND_BUS, 20_700), "00000000:01:00.0")
_IDLE = rtx_3090(SECOND_BUS, 0, GetComputeRunningProcesses=[], GetUtilizationRates=SimpleNamespace(gpu=0))
_LOCKED = rtx_3090(taken_mib=19_200).but({("GetClockInfo", MEMORY): phases(405, 5001, 5001)})
_LONG = {"config": {"threads": 16, "context": 32768}}
_BUSY = {"seconds": 4.0, "wanted_cores": 8.0, "foreign_cores": 4.0, "stolen_cores": 0.0, "throttled_s": 0.0}
_RUN = {"series": 1, "tok_s": 6.0, "disturbed": False, "kept": True, "watch": _BUSY}
_HOGGED = {"attempts": [{**_RUN, "run": run} for run in range(1, 6)], "cores": 12, "config": {"threads": 8, "context": 4096}}

CASES = {
    "healthy-3090": Case(HEALTHY, _one(rtx_3090()), gpu_logs.DENSE_32B),
    "power-cap": Case((29.2, 29.1, 29.0, 29.1, 29.1), _one(_counting(_CAPPED, 74, 0.95)), gpu_logs.DENSE_32B),
    "thermal": Case((35.0, 33.1, 29.0, 26.2, 25.9), _one(_counting(_HOT, 270, 0.7)), gpu_logs.DENSE_32B),
    "power-brake": Case((35.0, 21.0, 20.4, 20.1, 20.2), _one(_counting(_BRAKE, 271, 0.8)), gpu_logs.DENSE_32B),
    "x4-link": Case((34.1, 34.0, 34.1, 34.0, 34.0), _one(rtx_3090(**_X4)), gpu_logs.DENSE_32B),
    "desktop": Case(HEALTHY, _one(rtx_3090(GetGraphicsRunningProcesses=_DESKTOP, GetDisplayActive=1)), gpu_logs.DENSE_32B),
    "partial-offload": Case((8.3, 8.2, 8.3, 8.3, 8.2), _one(rtx_3090(taken_mib=16_100)), gpu_logs.PARTIAL),
    "context-too-large": Case((5.1, 5.0, 5.1, 5.1, 5.0), _one(rtx_3090(taken_mib=23_000)), gpu_logs.LONG_CONTEXT, more=_LONG),
    "mig-slice": Case((88.0, 88.4, 88.1, 88.2, 87.9), _one(gpu_cards.a100_slice()), gpu_logs.SMALL_8B, 4_620_000_000),
    "not-available": Case((62.0, 62.2, 61.9, 62.1, 62.0), _one(gpu_cards.silent_laptop()), gpu_logs.SMALL_8B, 4_620_000_000),
    "gb10": Case((82.0, 82.3, 82.1, 82.0, 81.8), _one(gpu_cards.gb10()), gpu_logs.GB10_MOE, 1_920_000_000),
    "cpu-fallback": Case((2.1, 2.1, 2.1, 2.1, 2.1), _one(_IDLE), gpu_logs.FALLBACK),
    "two-3090-nvlink": Case(SPLIT, _two({0: 0, 1: 0, 2: 0}, _FAR, _BRIDGED), gpu_logs.TWO_70B, 41_900_000_000),
    "two-3090-one-idle": Case((1.4, 1.4, 1.4, 1.4, 1.4), _two({0: 1, 1: 1, 2: 5}, _IDLE), gpu_logs.ONE_OF_TWO, 41_900_000_000),
    "moe-third": Case((56.0, 55.8, 56.1, 56.0, 55.9), _one(_LOCKED), gpu_logs.MOE_30B, 1_920_000_000),
    "old-driver-525": Case(HEALTHY, _one(rtx_3090(), driver="525.147.05", cuda=12000, absent=_OLD), gpu_logs.DENSE_32B_2024),
    "lost-card": Case((35.0, 12.0, 11.0, 3.0, 2.0), _one(rtx_3090().but(xids=[79])), gpu_logs.DENSE_32B),
    "hog": Case((6.0,) * 5, None, gpu_logs.CPU_8B, 4_620_000_000, _HOGGED),
}


def main() -> None:
    """Writes all recordings."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, case in CASES.items():
        rows = (f" {json.dumps(key)}: {json.dumps(value)}" for key, value in record(case).items())
        (FOLDER / f"{name}.json").write_text("{\n" + ",\n".join(rows) + "\n}\n")


if __name__ == "__main__":
    main()

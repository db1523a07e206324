from typing import Any

import pytest

from rigprov.model.proof import Device, Link
from rigprov.verify import enginelog
from rigprov.verify.gpu.devices import devices, engine_names, others
from rigprov.verify.gpu.links import links
from rigprov.verify.gpu.seen import Card, Gpus, read
from tests.unit.verify.causes.test_recordings import LARGE, document, proof


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("healthy-3090", ("NVIDIA GeForce RTX 3090", 24576, 20050, 65, 4, 16, 350.0, 350.0, 936.1)),
        ("power-cap", ("NVIDIA GeForce RTX 3090", 24576, 20050, 65, 4, 16, 250.0, 350.0, 936.1)),
        ("x4-link", ("NVIDIA GeForce RTX 3090", 24576, 20050, 65, 2, 4, 350.0, 350.0, 936.1)),  # at idle generation 1
        ("partial-offload", ("NVIDIA GeForce RTX 3090", 24576, 16100, 52, 4, 16, 350.0, 350.0, 936.1)),
        ("cpu-fallback", ("NVIDIA GeForce RTX 3090", 24576, 0, 0, None, None, 350.0, 350.0, 936.1)),
        # half of the card's memory and bandwidth: 1555 GB/s (NVIDIA A100 data sheet, 2020)
        ("mig-slice", ("NVIDIA A100-SXM4-40GB, MIG 3g.20gb", 19968, 5600, 33, 4, 16, 400.0, 400.0, 777.6)),
        ("not-available", ("NVIDIA GeForce RTX 3080 Laptop GPU", 16384, 5600, 33, None, None, None, None, 448.1)),
        ("gb10", ("NVIDIA GB10", 131072, 19000, 49, None, None, None, None, 273.0)),
    ],
)
def test_device_fields(name: str, expected: tuple[Any, ...]) -> None:
    (found,) = proof(name).devices
    figures = (found.memory_total_mib, found.engine_memory_mib, found.layers, found.pcie_generation, found.pcie_width)
    assert (found.name, *figures, found.power_limit_w, found.power_default_w, found.bandwidth_gb_s) == expected


def test_both_of_two_take_part() -> None:
    found = proof("two-3090-nvlink", LARGE)
    assert [(one.index, one.engine_memory_mib, one.layers) for one in found.devices] == [(0, 20900, None), (1, 20700, None)]
    assert (found.layers_offloaded, found.layers_total) == (81, 81)
    assert found.links == (Link(0, 1, "NVLink x4"),)
    assert (found.limit_tokens_per_s, found.bandwidth_share) == (22.3, 0.73)  # one after the other: one card's bandwidth


def test_one_of_two_is_idle() -> None:
    found = proof("two-3090-one-idle", LARGE)
    assert [(one.index, one.engine_memory_mib, one.layers) for one in found.devices] == [(0, 20900, 42), (1, 0.0, 0)]
    assert found.links[0].kind == "through host memory"


def test_samples() -> None:
    samples = proof("healthy-3090").devices[0].samples
    assert samples.t_s[:3] == (0.0, 0.1, 0.2)
    assert (samples.temperature_c[0], samples.temperature_c[-1], samples.power_w[-1], samples.used_mib[-1]) == (
        34,
        64,
        318.0,
        20064,
    )
    silent = proof("not-available").devices[0].samples
    assert (silent.power_w, silent.temperature_c) == ((), ())  # not told is empty, not zero
    assert silent.sm_mhz[-1] == 1830


def _card(index: int, name: str, bus: str = "", **facts: Any) -> Card:
    return Card(index, name, {"bus": bus, **facts})


def test_the_fastest_first_is_not_the_first_on_the_bus() -> None:
    slow, fast = _card(0, "NVIDIA GeForce RTX 3060", "00000000:01:00.0"), _card(1, "NVIDIA GeForce RTX 3090", "00000000:41:00.0")
    with_bus = [
        "x: using device CUDA0 (NVIDIA GeForce RTX 3090) (0000:41:00.0) - 23866 MiB free",
        "x: using device CUDA1 (NVIDIA GeForce RTX 3060) (0000:01:00.0) - 11866 MiB free",
    ]
    without = [line.replace(" (0000:41:00.0)", "").replace(" (0000:01:00.0)", "") for line in with_bus]
    for lines in (with_bus, without):
        assert engine_names(Gpus((slow, fast)), enginelog.parse(lines)) == {1: "CUDA0", 0: "CUDA1"}


ENTRY = {"pid": 5, "kind": "compute", "used_mib": 900, "name": "python3"}
OURS = {"pid": 7, "kind": "compute", "used_mib": 20_000, "name": None}


@pytest.mark.parametrize(
    ("before", "after", "engine", "expected"),
    [
        ([ENTRY], [ENTRY, OURS], 7, [5]),
        ([ENTRY], [ENTRY, OURS], 0, [5]),  # the engine's own number is hidden by a container: it is the one that came
        ([ENTRY, OURS], [ENTRY, OURS], 0, [5]),  # it was there: the largest
        ([], [], 7, []),
        ([], [], 0, None),
        (None, None, 0, None),
    ],
)
def test_who_else(before: Any, after: Any, engine: int, expected: list[int] | None) -> None:
    card = Card(0, "x", before={"processes": before}, after={"processes": after})
    found = others(card, Gpus((card,), engine_pid=engine))
    assert (None if found is None else [one.pid for one in found]) == expected


@pytest.mark.parametrize(
    ("pair", "nvlinks", "kind", "reason"),
    [
        ({"read": 0, "nvlink": 5}, [], "P2P over PCIe", ""),
        ({"read": 0, "nvlink": 0}, [{"link": 0, "up": True, "remote": "a switch"}] * 12, "NVLink x12", ""),
        ({"read": None, "nvlink": None}, [], "unknown", "not supported"),
        ({"read": 3, "nvlink": 5}, [], "through host memory", "the GPUs hang on different root complexes"),
        (
            {"read": 4, "nvlink": 5},
            [{"link": 0, "up": False}],
            "through host memory",
            "it is switched off in the driver's settings; their NVLinks are down, as without a bridge",
        ),
    ],
)
def test_links(pair: dict[str, Any], nvlinks: list[Any], kind: str, reason: str) -> None:
    cards = (_card(0, "x", "00000000:01:00.0", nvlinks=nvlinks), _card(1, "x", "00000000:41:00.0"))
    seen = Gpus(cards, pairs=({"first": 0, "second": 1, **pair},), missing={"nvmlDeviceGetP2PStatus": "not supported"})
    assert links(seen) == (Link(0, 1, kind, reason),)


def test_without_a_log_an_empty_gpu_holds_no_layers() -> None:
    found = document("two-3090-one-idle")["gpu"]
    assert [one.layers for one in devices(read(found), enginelog.EngineLog())] == [None, 0]


def test_mig_slices_are_eighths() -> None:
    for part, share in ((4_864, 1), (9_856, 2), (19_968, 4), (40_192, 8)):  # 1g.5gb, 2g.10gb, 3g.20gb, 7g.40gb
        card = Card(0, "A100", {"memory": {"total_mib": 40_960}, "mig": {"on": True, "instances": [{"total_mib": part}]}})
        assert card.slice_share == share / 8


def test_nothing_seen() -> None:
    assert read(None).code == "not-watched"
    assert read({"code": "mismatch", "reason": "reboot"}) == Gpus(code="mismatch", reason="reboot")
    assert devices(read(None), enginelog.EngineLog()) == ()


def test_without_a_list_of_processes_the_growth_tells() -> None:
    found = document("healthy-3090")["gpu"]
    for when in ("before", "after"):
        found["gpus"][0][when]["processes"] = None
    assert isinstance(one := devices(read(found), enginelog.EngineLog())[0], Device)
    assert one.engine_memory_mib == 20050
    found["gpus"][0]["samples"]["used_mib"] = [20064] * 30
    found["gpus"][0]["before"]["used_mib"] = 20064  # loaded before we came: the engine's own words are left
    log = enginelog.parse(document("healthy-3090")["engine_log"])
    assert devices(read(found), log)[0].engine_memory_mib == pytest.approx(18425.36 + 1024.0 + 306.75, abs=0.1)
    assert devices(read(found), enginelog.EngineLog())[0].engine_memory_mib is None

import ast
import json
import time
from importlib.resources import files
from typing import Any

import pynvml
import pytest

from rigprov.verify.host import nvml_card, nvml_links, nvml_query, nvml_recorder
from rigprov.verify.host.nvml import Sampler
from rigprov.verify.host.nvml_query import Nvml, Unavailable
from rigprov.verify.host.nvml_recorder import Recorder
from tests.unit.verify.fake_nvml import Card, Fails, FakeNvml, memory
from tests.unit.verify.gpu_cards import ENGINE, gb10, rtx_3090
from tests.unit.verify.gpu_cases import watched

HOST_MODULES = ("nvml", "nvml_query", "nvml_card", "nvml_links", "nvml_recorder")


def test_the_thread_samples_until_it_is_stopped() -> None:
    driver = FakeNvml(rtx_3090())
    sampler = Sampler(binding=driver)
    sampler.start()
    deadline = time.monotonic() + 10
    while len(sampler._recorder.cards[0].columns.get("t_s", ())) < 3 and time.monotonic() < deadline:  # type: ignore[union-attr]
        time.sleep(0.02)
    sampler.mark("decode")
    sampler.engine_pid = ENGINE
    found = sampler.stop()
    (card,) = found["gpus"]
    times = card["samples"]["t_s"]
    assert len(times) >= 3
    assert times == sorted(times)
    assert {len(column) for column in card["samples"].values()} == {len(times)}
    assert found["marks"]["decode"] >= times[2]
    assert driver.closed
    assert json.loads(json.dumps(found)) == found
    kept = len(times)
    time.sleep(0.25)
    assert len(times) == kept


def test_this_machine_has_figures_or_a_reason() -> None:
    sampler = Sampler()
    sampler.start()
    found = sampler.stop()
    assert found.get("gpus") or (found["code"] and found["reason"])


def test_stop_without_start() -> None:
    assert Sampler().stop() == {"code": "not-started", "reason": "the GPUs were not watched"}


@pytest.mark.parametrize(
    ("driver", "code", "words"),
    [
        (FakeNvml(init=pynvml.NVML_ERROR_LIBRARY_NOT_FOUND), "no-driver", "there is no NVIDIA driver"),
        (FakeNvml(init=pynvml.NVML_ERROR_DRIVER_NOT_LOADED), "not-loaded", "kernel module is not loaded"),
        (FakeNvml(init=pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH), "mismatch", "different versions: reboot"),
        (FakeNvml(init=pynvml.NVML_ERROR_NO_PERMISSION), "no-permission", "may not ask"),
        (FakeNvml(init=pynvml.NVML_ERROR_OPERATING_SYSTEM), "no-permission", "/dev/nvidia* cannot be opened"),
        (FakeNvml(init=pynvml.NVML_ERROR_GPU_IS_LOST), "lost", "fallen off the bus"),
        (FakeNvml(init=pynvml.NVML_ERROR_UNKNOWN), "other", "Unknown Error"),
        (FakeNvml(), "no-gpu", "shows no GPU"),
    ],
)
def test_why_there_is_nothing(driver: FakeNvml, code: str, words: str) -> None:
    sampler = Sampler(binding=driver)
    sampler.start()
    sampler.mark("decode")
    found = sampler.stop()
    assert found["code"] == code
    assert words in found["reason"]


def test_a_driver_without_its_library_is_told_apart(monkeypatch, tmp_path) -> None:
    (tmp_path / "version").touch()
    monkeypatch.setattr(nvml_query, "_DRIVER", str(tmp_path / "version"))
    with pytest.raises(Unavailable, match="the NVIDIA driver is loaded, but its library"):
        Nvml(FakeNvml(init=pynvml.NVML_ERROR_LIBRARY_NOT_FOUND))


def test_each_call_fails_alone() -> None:
    found = watched(FakeNvml(Card({"GetName": "a card"})), ticks=2)
    (card,) = found["gpus"]
    assert card["name"] == "a card"
    assert (card["power_limit_w"], card["bandwidth_gb_s"], card["bar1_mib"], card["before"]["processes"]) == (None,) * 4
    assert card["samples"]["power_w"] == [None, None]
    assert found["missing"]["nvmlDeviceGetPowerUsage"] == "not supported"


def test_an_old_driver_and_an_old_binding() -> None:
    old = ("nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetTemperatureV", "nvmlSystemGetCudaDriverVersion_v2")
    for driver in (FakeNvml(rtx_3090(), absent=old), FakeNvml(rtx_3090(), unknown=old)):
        found = watched(driver)
        assert found["gpus"][0]["samples"]["reasons"][-1] == 0x20
        assert found["gpus"][0]["samples"]["temperature_c"][-1] == 64
        assert not set(old[:2]) & set(found["missing"])  # the other name told
        assert found["cuda"] is None
        assert "nvmlSystemGetCudaDriverVersion_v2" in found["missing"]


def test_what_is_not_available_is_no_number() -> None:
    found = watched(FakeNvml(rtx_3090(GetPowerUsage=2**32 - 1, GetName=b"old bytes")), ticks=1)
    assert found["gpus"][0]["name"] == "old bytes"
    assert found["gpus"][0]["samples"]["power_w"] == [None]
    assert found["missing"]["nvmlDeviceGetPowerUsage"] == "not available"


def test_memory_that_is_the_cpus() -> None:
    (card,) = watched(FakeNvml(gb10()), ticks=1)["gpus"]
    assert card["memory"] == {"total_mib": 128 << 10, "used_mib": 28 << 10, "shared_with_cpu": True}
    assert card["bandwidth_gb_s"] is None


@pytest.mark.parametrize(
    ("width", "clock", "expected"),
    [
        (384, 9751, 936.1),
        (384, 10501, 1008.1),
        (512, 14001, 1792.1),
        (192, 6251, 300.0),
        (5120, 1215, 1555.2),
        (5120, 1593, 2039.0),
    ],
)
def test_peak_bandwidth_is_that_of_the_data_sheets(width: int, clock: int, expected: float) -> None:
    card = rtx_3090(GetMemoryBusWidth=width).but({("GetMaxClockInfo", pynvml.NVML_CLOCK_MEM): clock})
    assert nvml_card.describe(Nvml(FakeNvml(card)), 0, card)["bandwidth_gb_s"] == expected


def test_the_serial_number_stays_on_the_host() -> None:
    found = watched(FakeNvml(rtx_3090()), ticks=1)
    assert found["gpus"][0]["uuid"] == "GPU-...a01f"
    assert "5b1c8f6e" not in json.dumps(found)


def test_a_long_watch_is_thinned(monkeypatch) -> None:
    monkeypatch.setattr(nvml_recorder, "MOST", 10)
    driver = FakeNvml(rtx_3090())
    recorder = Recorder(Nvml(driver))
    for tick in range(25):
        recorder.tick(tick * 0.1)
    found = recorder.end()
    times = found["gpus"][0]["samples"]["t_s"]
    assert len(times) < 10
    assert (times[0], found["period_s"]) == (0.0, 1.6)
    assert {len(column) for column in found["gpus"][0]["samples"].values()} == {len(times)}


def test_a_driver_that_answers_nonsense_ends_nothing() -> None:
    for call, answer in (("GetRemappedRows", [1]), ("GetCudaComputeCapability", [8]), ("GetPowerUsage", "much")):
        sampler = Sampler(binding=FakeNvml(rtx_3090().but({call: answer})))
        sampler.start()
        found = sampler.stop()
        assert "gpus" in found or found["reason"].startswith("the NVIDIA driver gave something unexpected")


def test_errors_of_the_card_are_collected_while_they_happen() -> None:
    found = watched(FakeNvml(rtx_3090().but(xids=[31, 79])), ticks=2)
    assert found["xids"] == [{"gpu": 0, "t_s": 0.0, "xid": 31}, {"gpu": 0, "t_s": 0.0, "xid": 79}]


def test_instances_of_a_card_and_their_memory() -> None:
    parts = tuple(
        Card({"GetName": f"A100 MIG {name}", "GetMemoryInfo": memory(size, 10)}) for name, size in (("3g.20gb", 19_968),)
    )
    (card,) = watched(FakeNvml(rtx_3090(GetMigMode=[1, 1]).but(instances=parts)), ticks=1)["gpus"]
    assert card["mig"] == {"on": True, "instances": [{"index": 0, "name": "A100 MIG 3g.20gb", "total_mib": 19_968}]}
    assert card["samples"]["used_mib"] == [10]
    (whole,) = watched(FakeNvml(rtx_3090(GetMigMode=[0, 0])), ticks=1)["gpus"]
    assert whole["mig"] == {"on": False}


def test_process_ids_of_another_namespace_say_nothing(monkeypatch) -> None:
    monkeypatch.setattr(nvml_card, "OWN_PROCESS_IDS", False)
    recorder = Recorder(Nvml(FakeNvml(rtx_3090())), ENGINE)
    recorder.tick(0.0)
    assert recorder.end()["engine_pid"] == 0


def test_links_stop_where_the_card_has_no_more() -> None:
    card = Card({("GetNvLinkState", 0): 1, ("GetNvLinkState", 1): 0, ("GetNvLinkState", 2): Fails(), "GetNvLinkVersion": 3})
    found = nvml_links.nvlinks(Nvml(FakeNvml(card)), card)
    assert found == [{"link": 0, "up": True, "version": 3, "remote": None}, {"link": 1, "up": False}]


def _names() -> set[str]:
    found: set[Any] = set()
    for module in HOST_MODULES:
        tree = ast.parse((files("rigprov.verify.host") / f"{module}.py").read_text())
        found |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    calls = {value for value in found if isinstance(value, str) and value.startswith("nvml") and value.isidentifier()}
    return calls - {*HOST_MODULES, "nvmlDeviceGet"}  # the beginning of a name that is put together


def test_all_calls_exist_in_the_binding() -> None:
    assert len(_names()) > 30
    assert [name for name in _names() if not callable(getattr(pynvml, name, None))] == []


def test_numbers_are_those_of_the_binding() -> None:
    names = {
        "power_ns": "NVML_FI_DEV_PERF_POLICY_POWER",
        "thermal_ns": "NVML_FI_DEV_PERF_POLICY_THERMAL",
        "sw_thermal_ns": "NVML_FI_DEV_CLOCKS_EVENT_REASON_SW_THERM_SLOWDOWN",
        "hw_thermal_ns": "NVML_FI_DEV_CLOCKS_EVENT_REASON_HW_THERM_SLOWDOWN",
        "hw_power_brake_ns": "NVML_FI_DEV_CLOCKS_EVENT_REASON_HW_POWER_BRAKE_SLOWDOWN",
        "memory_temperature_c": "NVML_FI_DEV_MEMORY_TEMP",
        "pcie_replays": "NVML_FI_DEV_PCIE_REPLAY_COUNTER",
    }
    assert {field: getattr(pynvml, name) for field, name in names.items()} == nvml_card.FIELDS
    assert pynvml.nvmlEventTypeXidCriticalError == nvml_recorder._XID
    assert (nvml_recorder._SM, nvml_recorder._MEMORY) == (pynvml.NVML_CLOCK_SM, pynvml.NVML_CLOCK_MEM)


@pytest.mark.parametrize("module", [*HOST_MODULES, "dimms"])
def test_runs_on_python_3_8(module: str) -> None:
    ast.parse((files("rigprov.verify.host") / f"{module}.py").read_text(), feature_version=(3, 8))

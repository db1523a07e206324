"""Each recorded host gets its verdict and its causes."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from rigprov.model.plan import PlannedBenchmark
from rigprov.model.proof import Band, Proof, Soak
from rigprov.verify.evidence import from_document
from rigprov.verify.judge import judge
from tests.unit.verify.gpu_cases import CASES, FOLDER, PATH, SHA, record

DENSE = PlannedBenchmark("qwen3-32b", PATH, SHA, 19_760_000_000, 4096, 30.0, "gpu", "")
MOE = replace(DENSE, model="qwen3-30b-a3b", size_bytes=18_560_000_000, floor=50.0, moe=True, layers=48)
LARGE = replace(DENSE, model="llama3-70b", size_bytes=42_520_000_000, floor=12.0)
SMALL = replace(DENSE, model="llama3-8b", size_bytes=4_920_000_000, floor=20.0)
MOE_BAND = Band(150.0, 190.0, 487.0, "RTX 3090, 936 GB/s")


def document(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text())  # type: ignore[no-any-return]


def proof(name: str, benchmark: PlannedBenchmark = DENSE, **known: Any) -> Proof:
    return judge("rig", benchmark, from_document(document(name)), **known)


def with_gpu(name: str, changes: Mapping[str, Any], benchmark: PlannedBenchmark = DENSE) -> Proof:
    """With other parts in what was seen of the GPUs, or of the first one."""
    found = document(name)
    found["gpu"].update({key: value for key, value in changes.items() if key in found["gpu"]})
    found["gpu"]["gpus"][0].update({key: value for key, value in changes.items() if key not in found["gpu"]})
    return judge("rig", benchmark, from_document(found))


@pytest.mark.parametrize("name", CASES)
def test_the_recordings_are_what_the_sampler_records_today(name: str) -> None:
    assert record(CASES[name]) == document(name), "run `python -m tests.unit.verify.gpu_cases`"


@pytest.mark.parametrize(
    ("name", "benchmark", "verdict", "codes"),
    [
        ("healthy-3090", DENSE, "pass", []),
        ("power-cap", DENSE, "slow", ["power-cap"]),
        ("thermal", DENSE, "unstable", ["thermal-slowdown"]),
        ("power-brake", DENSE, "unstable", ["hw-power-brake"]),
        ("x4-link", DENSE, "pass", ["pcie-width", "pcie-generation"]),
        ("desktop", DENSE, "pass", ["other-process"]),
        ("partial-offload", DENSE, "slow", ["layers-on-cpu"]),
        ("context-too-large", DENSE, "slow", ["context-too-large", "layers-on-cpu"]),
        ("mig-slice", SMALL, "pass", ["mig-slice"]),
        ("not-available", SMALL, "pass", []),
        ("gb10", MOE, "pass", []),
        ("cpu-fallback", DENSE, "slow", ["no-gpu-backend"]),
        ("cpu-fallback", replace(DENSE, floor=1.0), "slow", ["no-gpu-backend"]),  # fast enough, and still not what was planned
        ("two-3090-nvlink", LARGE, "pass", []),
        ("two-3090-one-idle", LARGE, "slow", ["layers-on-cpu", "gpu-idle"]),
        ("moe-third", MOE, "slow", ["memory-clock"]),  # above its floor
        ("old-driver-525", DENSE, "pass", ["thermal-slowdown"]),
        ("lost-card", DENSE, "unstable", ["gpu-errors"]),
        ("hog", replace(SMALL, floor=8.0, machine_class="pc"), "slow", ["other-load"]),
        ("hog", SMALL, "slow", ["no-gpu-backend", "other-load"]),
    ],
)
def test_verdict_and_causes(name: str, benchmark: PlannedBenchmark, verdict: str, codes: list[str]) -> None:
    found = proof(name, benchmark)
    assert (found.verdict, [cause.code for cause in found.causes]) == (verdict, codes)
    assert all(cause.what and cause.fix for cause in found.causes)
    if verdict == "pass":
        assert [note for note in found.notes if note.startswith("may cost speed: ")] == [
            f"may cost speed: {cause.what}; {cause.fix}" for cause in found.causes
        ]
    else:
        assert all(cause.what in found.reason and cause.fix in found.fix for cause in found.causes)


def test_a_third_of_the_speed_is_slow_though_above_the_floor() -> None:
    found = proof("moe-third", MOE, band=MOE_BAND)
    assert found.verdict == "slow"
    assert found.reason == (
        "56.0 tok/s reach the floor, but healthy machines of this kind do 150 to 190; the memory of GPU 0 ran at 5001 of 9751 MHz"
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("power-cap", "GPU 0 is limited to 250 W, its default is 350 W"),
        ("thermal", "heat: its own protection held GPU 0 back 100 % of the time, at up to 95 degrees C"),
        ("power-brake", "the power supply held GPU 0 back 100 % of the time"),
        ("partial-offload", "13 of 65 layers are on the CPU"),
        ("context-too-large", "the KV cache takes 8192 MiB for a context of 32768; 1920 MiB of it lie in RAM"),
        ("cpu-fallback", "failed to initialize CUDA: system has unsupported display driver / cuda driver combination"),
        ("lost-card", "the driver reported error Xid 79 of GPU 0"),
    ],
)
def test_the_reason_in_words(name: str, words: str) -> None:
    assert words in proof(name).reason


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"power_enforced_w": 340.0}, []),  # within 5 % of the default
        ({"power_enforced_w": None, "power_limit_w": None}, []),
        ({"bar1_mib": 256}, []),  # a hint, no cause
        ({"missing": {"nvmlDeviceGetPowerUsage": "gpu is lost"}}, ["gpu-errors"]),
        ({"after": {"ecc_uncorrected": 2}}, ["gpu-errors"]),
        ({"after": {"power_enforced_w": 200.0}}, ["power-cap"]),  # lowered while it was measured
        ({"after": {"power_enforced_w": None}}, []),
        ({"before": {"power_ns": 9e9, "sw_thermal_ns": 9e9}, "after": {"power_ns": 1.0, "sw_thermal_ns": 0}}, []),  # reset
        ({"pcie_width_max": 32}, ["pcie-width"]),  # fewer lanes than card and slot have
        ({"samples": {}}, []),
    ],
)
def test_small_changes_to_a_healthy_card(changes: dict[str, Any], codes: list[str]) -> None:
    found = with_gpu("healthy-3090", changes)
    assert [cause.code for cause in found.causes] == codes


def test_what_a_limit_says_while_layers_are_on_the_cpu() -> None:
    found = proof("partial-offload")
    assert (found.limit_tokens_per_s, found.bandwidth_share) == (None, None)
    assert "share of the memory bandwidth means nothing here: a part of the model is on the CPU" in found.notes


def test_what_is_already_said_is_no_remark() -> None:
    below = "slower than the 30 to 45 tok/s of healthy machines of this kind"
    assert below not in proof("power-cap").notes
    assert below in proof("power-cap", replace(DENSE, floor=28.0)).notes
    assert below not in proof("healthy-3090").notes


def test_an_idle_gpu_is_not_judged_by_its_idle_clocks() -> None:
    note = "GPU 1 did not compute long enough to judge its clocks and its PCIe link"
    assert note in proof("two-3090-one-idle", LARGE).notes
    assert not [said for said in proof("healthy-3090").notes if "long enough" in said]


def test_error_correction_on_gddr_explains_a_slow_card_only() -> None:
    ecc = {"ecc": True}
    assert [cause.code for cause in with_gpu("healthy-3090", ecc, replace(DENSE, floor=38.0)).causes] == ["ecc-gddr"]
    assert with_gpu("healthy-3090", ecc).causes == ()
    assert [cause.code for cause in with_gpu("mig-slice", {}, replace(SMALL, floor=100.0)).causes] == ["mig-slice"]  # HBM


def test_at_the_power_limit_is_the_last_guess() -> None:
    found = document("power-cap")
    card = found["gpu"]["gpus"][0]
    card["power_enforced_w"] = card["power_limit_w"] = card["after"]["power_enforced_w"] = 350.0
    slow = judge("rig", DENSE, from_document(found))
    assert [cause.what for cause in slow.causes] == ["GPU 0 was at its power limit of 350 W 100 % of the time"]
    assert judge("rig", replace(DENSE, floor=25.0), from_document(found)).causes == ()


def test_a_soak_that_falls_is_heat() -> None:
    warm = proof("healthy-3090", soak=Soak(90.0, 35.0, 32.0, 40))
    assert [cause.code for cause in warm.causes] == ["thermal-slowdown"]
    assert warm.causes[0].what == "heat: the speed fell by 9 % within 90 s, while GPU 0 went from 52 to 64 degrees C"
    assert proof("healthy-3090", soak=Soak(90.0, 35.0, 34.0, 40)).causes == ()


def test_faster_than_the_memory_is_a_measuring_error() -> None:
    found = document("healthy-3090")
    found["series"] = [[61.0] * 5]
    wrong = judge("rig", DENSE, from_document(found))
    assert (wrong.verdict, wrong.reason) == ("wrong", "61.0 tok/s are more than memory can deliver (48.5)")


def test_a_gpu_that_nobody_watched_is_not_said_to_be_a_cpu() -> None:
    found = document("healthy-3090")
    del found["gpu"], found["engine_log"]
    unknown = judge("rig", DENSE, from_document(found))
    assert (unknown.verdict, unknown.backend, unknown.limit_tokens_per_s, unknown.devices) == ("pass", "", None, ())
    assert "share of the memory bandwidth not known: nothing tells whether the GPU or the CPU computed" in unknown.notes


def test_without_its_log_the_memory_tells_who_computed() -> None:
    found = document("healthy-3090")
    del found["engine_log"]
    assert judge("rig", DENSE, from_document(found)).backend == "GPU"
    found = document("cpu-fallback")
    del found["engine_log"]
    silent = judge("rig", DENSE, from_document(found))
    assert (silent.backend, [cause.code for cause in silent.causes]) == ("CPU", ["no-gpu-backend"])

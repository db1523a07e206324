from dataclasses import replace
from typing import Any

import pytest

from rigprov.model.proof import Cause
from rigprov.verify.causes.placement import engine_build, layers_on_cpu, no_gpu_backend
from rigprov.verify.causes.situation import Situation
from rigprov.verify.causes.table import causes
from rigprov.verify.enginelog import EngineLog, LogDevice, parse
from rigprov.verify.gpu.seen import Gpus
from tests.unit.verify import gpu_logs
from tests.unit.verify.cases import BENCHMARK, evidence

PLANNED = replace(BENCHMARK, machine_class="gpu")


def now(lines: list[str] | EngineLog, **known: Any) -> Situation:
    log = lines if isinstance(lines, EngineLog) else parse(lines)
    return Situation(PLANNED, evidence(), log=log, **{"gpus": Gpus(code="not-watched", reason="x"), **known})


def said(cause: Cause | None) -> str:
    return cause.what if cause else ""


@pytest.mark.parametrize(
    ("lines", "gpus", "what", "fix"),
    [
        (gpu_logs.DENSE_32B, None, "", ""),
        (
            ["CUDA error: the provided PTX was compiled with an unsupported toolchain."],
            None,
            "the engine fell back to the CPU: CUDA error: the provided PTX was compiled with an unsupported toolchain.",
            "update the NVIDIA driver",
        ),
        (
            ["warning: no usable GPU found, --gpu-layers option will be ignored"],
            None,
            "the engine fell back to the CPU: warning: no usable GPU found, --gpu-layers option will be ignored",
            "take an engine built with CUDA",
        ),
        (
            ["  Device 0: NVIDIA H800, compute capability 9.0, VMM: yes", "load_tensors: offloaded 0/33 layers to GPU"],
            None,
            "the engine saw a GPU but put no layer on it",
            "let it offload all layers",
        ),
        (gpu_logs.CPU_8B, None, "the engine ran on the CPU although there is a GPU", "take an engine built with CUDA"),
        ([], Gpus(code="mismatch", reason="versions differ"), "the engine ran on the CPU: versions differ", "reboot"),
        ([], None, "", ""),  # nothing is known
    ],
)
def test_no_gpu_backend(lines: list[str], gpus: Gpus | None, what: str, fix: str) -> None:
    found = no_gpu_backend(now(lines, **({"gpus": gpus} if gpus else {})))
    assert said(found) == what
    assert found is None or found.fix.startswith(fix)


def test_a_model_for_the_cpu_may_run_there() -> None:
    assert no_gpu_backend(replace(now(gpu_logs.CPU_8B), benchmark=BENCHMARK)) is None


@pytest.mark.parametrize(
    ("told", "what", "fix"),
    [
        (
            "20",
            "29 of 49 layers are on the CPU, since the engine is told to put 20 on GPUs",
            "`rigprov apply` asks for all layers",
        ),
        ("all", "29 of 49 layers are on the CPU", "free memory of the GPU"),
        ("40", "29 of 49 layers are on the CPU", "free memory of the GPU"),
        (None, "29 of 49 layers are on the CPU", "free memory of the GPU"),
    ],
)
def test_layers_that_were_left_on_the_cpu_on_purpose(told: str | None, what: str, fix: str) -> None:
    """As an H200 with 132 GiB to spare showed it: docs/evidence/h200-layers-on-cpu.json."""
    log = EngineLog(20, 49, (LogDevice("CUDA0", "a card", "", "9.0"),), {"CPU_Mapped": 11_000.0, "CUDA0": 8_000.0})
    found = layers_on_cpu(replace(now(log), evidence=replace(evidence(), gpu_layers=told or "")))
    assert found is not None
    assert (found.what.startswith(what), found.fix.startswith(fix)) == (True, True)
    assert ("is told" in found.what) is (told == "20")


def test_experts_in_ram() -> None:
    moe = EngineLog(49, 49, model={"CPU_Mapped": 14_000.0, "CUDA0": 3_700.0})
    assert said(layers_on_cpu(now(moe))) == (
        "14000 of 17700 MiB of weights are in RAM, although all layers count as offloaded (experts?)"
    )
    embeddings = EngineLog(31, 31, model={"CPU_Mapped": 28.0, "CUDA0": 65.0})  # SmolLM2 135M
    assert layers_on_cpu(now(embeddings)) is None


@pytest.mark.parametrize(
    ("capability", "archs", "good"),
    [
        ("8.6", (500, 800, 860), True),
        ("8.9", (860,), True),  # code for 8.6 runs on 8.9
        ("8.6", (890,), False),
        ("12.0", (860, 890, 900), False),
        ("12.0", (), True),  # not told
    ],
)
def test_compiled_for_this_gpu(capability: str, archs: tuple[int, ...], good: bool) -> None:
    log = EngineLog(33, 33, (LogDevice("CUDA0", "a card", "", capability),), {"CUDA0": 4000.0}, archs=archs)
    assert (engine_build(now(log)) is None) is good


def test_debug_build() -> None:
    log = replace(parse(gpu_logs.DENSE_32B), debug=True)
    assert [(cause.code, cause.what) for cause in causes(now(log), slow=True)] == [
        ("engine-build", "the engine is a debug build")
    ]

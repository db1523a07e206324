from collections.abc import Sequence

import pytest

from rigprov.verify.enginelog import EngineLog, LogDevice, family, in_ram, parse
from tests.unit.verify import gpu_logs


def test_all_of_a_log() -> None:
    assert parse(gpu_logs.DENSE_32B) == EngineLog(
        offloaded=65,
        layers=65,
        devices=(LogDevice("CUDA0", "NVIDIA GeForce RTX 3090", "0000:01:00.0", "8.6"),),
        model={"CPU_Mapped": 417.30, "CUDA0": 18425.36},
        kv={"CUDA0": 1024.0},
        compute={"CUDA0": 306.75},
        archs=(500, 610, 700, 750, 800, 860, 890),
    )


@pytest.mark.parametrize(
    ("lines", "backend", "layers"),
    [
        (gpu_logs.DENSE_32B_2024, "CUDA", (65, 65)),
        (gpu_logs.PARTIAL, "CUDA", (52, 65)),
        (gpu_logs.TWO_70B, "CUDA", (81, 81)),
        (gpu_logs.FALLBACK, "CPU", (None, None)),
        (gpu_logs.CPU_8B, "CPU", (None, None)),
        # ggml-org/llama.cpp issue 6787, 2024: CUDA was there, and nothing put on it
        (
            [
                "ggml_cuda_init: found 1 CUDA devices:",
                "  Device 0: NVIDIA H800, compute capability 9.0, VMM: yes",
                "llm_load_tensors: offloaded 0/33 layers to GPU",
                "llm_load_tensors:        CPU buffer size =  5459.93 MiB",
            ],
            "CPU",
            (0, 33),
        ),
        # ggml-org/llama.cpp issue 11367, 2025
        (
            [
                "ggml_vulkan: 0 = NVIDIA GeForce RTX 2060 (NVIDIA) | uma: 0 | fp16: 1 | matrix cores: KHR_coopmat",
                "load_tensors: offloaded 0/36 layers to GPU",
            ],
            "CPU",
            (0, 36),
        ),
        (
            [
                "0.00.417.103 I load_tensors: offloaded 29/29 layers to GPU",
                "0.00.417.110 I load_tensors:      Vulkan0 model buffer size =   604.15 MiB",
                "0.00.417.111 I load_tensors:   CPU_Mapped model buffer size =   157.65 MiB",
            ],
            "Vulkan",
            (29, 29),
        ),
        (["ready"], "", (None, None)),
        ([], "", (None, None)),
    ],
)
def test_backend_and_layers(lines: list[str], backend: str, layers: tuple[int | None, int | None]) -> None:
    found = parse(lines)
    assert (found.backend, (found.offloaded, found.layers)) == (backend, layers)


def test_a_real_log_of_2026() -> None:
    """Of llama.cpp in xllamacpp 2026.10 on a machine without GPU, with a verbosity of 4; with less it says nothing of this."""
    found = parse(gpu_logs.REAL_CPU)
    assert (found.backend, found.model, found.kv, found.compute) == ("CPU", {"CPU_Mapped": 92.1}, {"CPU": 11.25}, {"CPU": 15.14})
    assert (found.offloaded, found.layers_on, found.debug, found.trouble) == (None, {"CPU": 2}, False, "")


@pytest.mark.parametrize(
    ("line", "trouble"),
    [
        ("ggml_cuda_init: failed to initialize CUDA: system not yet initialized", "cuda-failed"),
        (
            "ggml_cuda_init: failed to initialize CUDA: CUDA driver version is insufficient for CUDA runtime version",
            "driver-too-old",
        ),
        ("CUDA error: the provided PTX was compiled with an unsupported toolchain.", "driver-too-old"),
        ("CUDA error: no kernel image is available for execution on the device", "not-compiled-for-gpu"),
        ("warning: no usable GPU found, --gpu-layers option will be ignored", "no-gpu-seen"),
        ("ggml_vulkan: No devices found.", "no-gpu-seen"),
        ("allocating 41984.00 MiB on device 0: cudaMalloc failed: out of memory", "out-of-memory"),
        ("main: server is listening", ""),
    ],
)
def test_trouble(line: str, trouble: str) -> None:
    found = parse(["starting", f"  {line}  "])
    assert (found.trouble, found.words) == (trouble, line if trouble else "")


def test_trouble_that_is_over_counts_no_more() -> None:
    assert parse(["ggml_cuda_init: failed to initialize CUDA: unknown error", *gpu_logs.DENSE_32B]).trouble == ""


def test_the_last_start_counts() -> None:
    again = parse([*gpu_logs.PARTIAL, *gpu_logs.DENSE_32B])
    assert (again.offloaded, again.model["CUDA0"], again.kv) == (65, 18425.36, {"CUDA0": 1024.0})


def test_layers_by_device_where_the_engine_is_talkative() -> None:
    lines = [f"load_tensors: layer {n:>3} assigned to device {'CUDA0' if n < 41 else 'CUDA1'}, is_swa = 0" for n in range(81)]
    assert parse(lines).layers_on == {"CUDA0": 41, "CUDA1": 40}


def test_a_model_in_several_files_has_several_buffers() -> None:
    lines = [
        "load_tensors:   CPU_Mapped model buffer size = 100.50 MiB",
        "load_tensors:   CPU_Mapped model buffer size = 50.25 MiB",
    ]
    assert parse(lines).model == {"CPU_Mapped": 150.75}


@pytest.mark.parametrize(
    ("lines", "debug"),
    [
        (["build: 7003 (596a297cb) with cc (Ubuntu 11.4.0-1ubuntu1~22.04.2) 11.4.0 for x86_64-linux-gnu (debug)"], True),
        (["common_params_print_info: build 11434 (abc) with GNU 12.2.0 for Linux x86_64 (debug)"], True),
        (["build: 7003 (596a297cb) with cc (Ubuntu 11.4.0-1ubuntu1~22.04.2) 11.4.0 for x86_64-linux-gnu"], False),
        (["srv  load_model: (debug) nothing"], False),
    ],
)
def test_debug_build(lines: list[str], debug: bool) -> None:
    assert parse(lines).debug is debug


@pytest.mark.parametrize(
    ("model", "split", "shares"),
    [
        ({"CPU_Mapped": 1.0, "CUDA0": 99.0}, "", [0.99, 0.0]),
        ({"CUDA0": 60.0, "CUDA1": 40.0}, "layer", [0.6, 0.4]),
        ({"Meta(CUDA0,CUDA1)": 98.0, "CUDA_Host": 2.0}, "tensor", [0.49, 0.49]),
        ({"CUDA0_Split": 50.0, "CUDA1_Split": 50.0}, "row", [0.5, 0.5]),
    ],
)
def test_split(model: dict[str, float], split: str, shares: Sequence[float]) -> None:
    found = EngineLog(10, 10, model=model)
    assert (found.backend, found.split, [found.share(name) for name in ("CUDA0", "CUDA1")]) == ("CUDA", split, shares)


def test_shares_on_a_cpu_are_not_told() -> None:
    assert parse(gpu_logs.CPU_8B).share("CUDA0") is None


@pytest.mark.parametrize(
    ("buffer", "ram", "kind"),
    [("CPU_REPACK", True, "CPU"), ("CUDA_Host", True, "CUDA"), ("ROCm1", False, "ROCm"), ("Meta(CUDA0,CUDA1)", False, "CUDA")],
)
def test_buffers(buffer: str, ram: bool, kind: str) -> None:
    assert (in_ram(buffer), family(buffer)) == (ram, kind)

"""What the engine is built with."""

from dataclasses import replace

import pytest

from rigprov.model.host import BuildTools, Cpu, Memory, Missing
from rigprov.model.plan import Decision
from rigprov.plan import toolchain
from rigprov.plan.cuda_toolkit import Toolkit
from tests.unit.plan.hosts import case, container, driver, rig

TOOLKIT = BuildTools("3.22.1", True, True, "11.4.0", "12.4", "/usr/local/cuda/bin/nvcc", ("/usr/local/cuda/include/cublas_v2.h",))
NO_TOOLKIT = Toolkit(Decision(skip="none is planned"))
PIP = "/opt/venv/lib/python3.12/site-packages/nvidia/cu13"


def rented(tools=TOOLKIT, capabilities=("8.6",), gpus=(24576,), driver_version="580.95.05", **changes):
    nvidia = replace(driver(*gpus), driver_version=driver_version)
    return container(nvidia=nvidia, tools=tools, compute_capabilities=capabilities, **changes)


def decide(facts, *, cuda=True):
    return toolchain.decide(case(facts), NO_TOOLKIT, cuda=cuda)


@pytest.mark.parametrize(
    ("cpus", "free_mib", "cuda", "jobs", "reason"),
    [
        (16, 64000, False, 16, "one compiler for each CPU"),
        (16, 64000, True, 16, "one compiler for each CPU"),
        (16, 15000, True, 5, "15000 MiB of RAM are free, and one compiler takes up to 3000 MiB"),
        (16, 15000, False, 12, "15000 MiB of RAM are free, and one compiler takes up to 1200 MiB"),
        (4, 900, False, 1, "900 MiB of RAM are free, and one compiler takes up to 1200 MiB"),
    ],
)
def test_jobs(cpus, free_mib, cuda, jobs, reason):
    facts = rented(cpu=Cpu("x", cpus, cpus, (), 1), memory=Memory(free_mib + 100, free_mib))
    chosen = decide(facts, cuda=cuda).values["llm_runtime_build_jobs"]
    assert (chosen.value, chosen.reason) == (jobs, reason)


@pytest.mark.parametrize("tools", [BuildTools(), Missing("not asked")])
def test_for_a_cpu_the_role_installs_what_is_missing(tools):
    made = decide(rig(tools=tools), cuda=False)
    assert (list(made.values), made.blockers, made.unable) == (["llm_runtime_build_jobs"], (), None)


@pytest.mark.parametrize("tools", [BuildTools("3.22.1", True, True, "11.4.0"), Missing("not asked")])
def test_without_nvcc_the_way_out_is_named(tools):
    assert decide(rented(tools)).unable == (
        "there is no CUDA compiler (nvcc) to build the engine with: start from an image that has the toolkit (NVIDIA's images "
        "named -devel), or name an archive with an engine built elsewhere: --set llm_runtime.archive=FILE"
    )


@pytest.mark.parametrize(
    ("capabilities", "cmake", "value", "reason"),
    [
        (("8.6", "8.6"), "3.22.1", "86-real", "the GPUs here have compute capability 8.6"),
        (("8.9", "8.6"), "3.22.1", "86-real;89-real", "the GPUs here have compute capability 8.6 and 8.9"),
        (
            Missing("x"),
            "3.25.1",
            "native",
            "the driver tells no compute capability, so CMake asks the GPUs while it configures",
        ),
        (
            Missing("x"),
            "3.22.1",
            "",
            "neither driver nor CMake tells what the GPUs are, so the engine's own list of architectures is built",
        ),
        (
            Missing("x"),
            None,
            "",
            "neither driver nor CMake tells what the GPUs are, so the engine's own list of architectures is built",
        ),
    ],
)
def test_architectures(capabilities, cmake, value, reason):
    chosen = decide(rented(replace(TOOLKIT, cmake=cmake), capabilities)).values["llm_runtime_build_architectures"]
    assert (chosen.value, chosen.reason) == (value, reason)


@pytest.mark.parametrize(
    ("headers", "value"),
    [
        (("/usr/local/cuda/include/cublas_v2.h", f"{PIP}/include/cublas_v2.h"), ""),
        (("/usr/include/cublas_v2.h",), ""),
        ((f"{PIP}/include/cublas_v2.h",), PIP),
        (("/usr/lib/python3/dist-packages/nvidia/cublas/include/cublas_v2.h",), "/usr/lib/python3/dist-packages/nvidia/cublas"),
    ],
)
def test_cublas(headers, value):
    made = decide(rented(replace(TOOLKIT, cublas=headers)))
    assert (made.values["llm_runtime_build_cublas"].value, made.blockers) == (value, ())


@pytest.mark.parametrize(
    ("facts", "code", "message"),
    [
        (rented(replace(TOOLKIT, cublas=())), "cuda-cublas", "nvcc 12.4 is here without cuBLAS"),
        (rented(capabilities=("12.0",)), "cuda-gpu", "CUDA 12.4 cannot build for this GPU"),
        (rented(replace(TOOLKIT, nvcc="13.0"), driver_version="570.1"), "cuda-driver", "driver 570.1 cannot run programs of"),
    ],
)
def test_toolkits_that_do_not_fit(facts, code, message):
    (found,) = decide(facts).blockers
    assert (found.code, found.message.startswith(message), bool(found.fix)) == (code, True, True)


def test_a_driver_that_leaves_says_nothing_of_what_runs_here():
    facts = rented(replace(TOOLKIT, nvcc="13.0"), driver_version="535.288.01")
    brought = Toolkit(Decision(skip="nvcc is here"), driver=580)
    assert toolchain.decide(case(facts), brought, cuda=True).blockers == ()

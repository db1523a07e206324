"""What the engine is built with on a host: jobs, CUDA's toolkit, GPU architecture, cuBLAS."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from rigprov.catalog import cuda as table
from rigprov.model.host import BuildTools, HostFacts
from rigprov.model.missing import Missing
from rigprov.model.plan import Blocker, Chosen
from rigprov.plan.case import Case
from rigprov.plan.cuda_toolkit import Toolkit
from rigprov.plan.driver import cards

# RAM that one compiler takes at its peak, in MiB: g++ on llama.cpp's largest files 0.9 GiB, nvcc on its attention kernels up
# to 2.5 GiB, with some room.
JOB_MIB, CUDA_JOB_MIB = 1200, 3000
NATIVE_CMAKE = (3, 24)  # from which CMake can ask the GPU itself (CMake 3.24 release notes, CUDA_ARCHITECTURES)
IMAGE = "start from an image that has the toolkit (NVIDIA's images named -devel)"
ARCHIVE = "or name an archive with an engine built elsewhere: --set llm_runtime.archive=FILE"


@dataclass(frozen=True)
class Toolchain:
    """Values for the build; `unable` says why a build for GPUs cannot be, with the way out."""

    values: Mapping[str, Chosen] = field(default_factory=dict)
    blockers: tuple[Blocker, ...] = ()
    unable: str | None = None


def decide(case: Case, toolkit: Toolkit, *, cuda: bool) -> Toolchain:
    """How the engine is built here. Missing packages (cmake, a compiler) are installed by the role.

    Args:
        case: the host.
        toolkit: CUDA's, where the plan brings it.
        cuda: whether the engine is for GPUs.
    """
    tools = case.facts.tools if isinstance(case.facts.tools, BuildTools) else BuildTools()
    values = {"llm_runtime_build_jobs": _jobs(case.facts, cuda=cuda)}
    if not cuda:
        return Toolchain(values)
    if toolkit.release is not None:
        values["llm_runtime_build_nvcc"] = Chosen(toolkit.nvcc, "where role cuda_toolkit puts it")
        values["llm_runtime_build_cublas"] = Chosen("", "the toolkit has it")
        return Toolchain(_for_gpus(case.facts, tools, toolkit.release, values), _unfit(case.facts, toolkit.release, toolkit))
    if tools.nvcc is None:
        return Toolchain(values, unable=f"there is no CUDA compiler (nvcc) to build the engine with: {IMAGE}, {ARCHIVE}")
    if not tools.cublas:
        fix = f"install the package libcublas-dev-{tools.nvcc.replace('.', '-')}, {ARCHIVE}"
        message = f"nvcc {tools.nvcc} is here without cuBLAS, which the engine's CUDA part is built with"
        return Toolchain(values, (Blocker("cuda-cublas", message, fix),))
    values["llm_runtime_build_nvcc"] = Chosen(tools.nvcc_path, "where it was found")
    values["llm_runtime_build_cublas"] = _cublas(tools)
    return Toolchain(_for_gpus(case.facts, tools, tools.nvcc, values), _unfit(case.facts, tools.nvcc, toolkit))


def _for_gpus(facts: HostFacts, tools: BuildTools, release: str, values: dict[str, Chosen]) -> dict[str, Chosen]:
    return {
        **values,
        "llm_runtime_build_cuda": Chosen(value=True, reason=f"nvcc {release} and a driver are here, or come with this plan"),
        "llm_runtime_build_architectures": _architectures(facts, tools),
    }


def _jobs(facts: HostFacts, *, cuda: bool) -> Chosen:
    each = CUDA_JOB_MIB if cuda else JOB_MIB
    by_memory = max(facts.memory.available_mib // each, 1)
    if by_memory < facts.cpu.logical_cpus:
        return Chosen(by_memory, f"{facts.memory.available_mib} MiB of RAM are free, and one compiler takes up to {each} MiB")
    return Chosen(max(facts.cpu.logical_cpus, 1), "one compiler for each CPU")


def _known(facts: HostFacts) -> tuple[str, ...]:
    """From the driver, and before there is one from the table of GPUs; none where a card is not in it."""
    if not isinstance(facts.compute_capabilities, Missing) and facts.compute_capabilities:
        return tuple(dict.fromkeys(facts.compute_capabilities))
    found = cards.find(facts)
    if facts.virtualisation.container is not None or isinstance(found, Missing):  # a container sees other tenants' GPUs
        return ()
    names = [model.compute_capability for model in found.models]
    return tuple(dict.fromkeys(names)) if all(names) else ()


def _architectures(facts: HostFacts, tools: BuildTools) -> Chosen:
    if known := _known(facts):
        # "real": machine code for these cards and no intermediate code, which would only make the build longer
        words = ";".join(f"{capability.replace('.', '')}-real" for capability in sorted(known))
        return Chosen(words, f"the GPUs here have compute capability {' and '.join(sorted(known))}")
    cmake = table.pair(".".join((tools.cmake or "").split(".")[:2]))
    if cmake is not None and cmake >= NATIVE_CMAKE:
        return Chosen("native", "the driver tells no compute capability, so CMake asks the GPUs while it configures")
    return Chosen("", "neither driver nor CMake tells what the GPUs are, so the engine's own list of architectures is built")


def _cublas(tools: BuildTools) -> Chosen:
    """Empty where the compiler finds it by itself: beside nvcc, or among the system's headers."""
    header = PurePosixPath(tools.cublas[0])
    if "nvidia" in header.parts and ("site-packages" in header.parts or "dist-packages" in header.parts):
        return Chosen(str(header.parent.parent), "the toolkit has none; a Python package here brings it")
    return Chosen("", "the toolkit has it")


def _unfit(facts: HostFacts, nvcc: str, toolkit: Toolkit) -> tuple[Blocker, ...]:
    found = []
    if reason := next(filter(None, (table.unable(nvcc, capability) for capability in _known(facts))), None):
        found.append(Blocker("cuda-gpu", reason, f"{IMAGE} of a fitting release, {ARCHIVE}"))
    driver = str(toolkit.driver or "") or getattr(facts.nvidia, "driver_version", None)
    if driver and (reason := table.too_old(nvcc, driver)):
        found.append(Blocker("cuda-driver", reason, "take an image with an older CUDA release, or a machine with a newer driver"))
    return tuple(found)

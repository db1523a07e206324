"""CUDA's toolkit: whether anything is compiled here, and the release that fits driver and GPUs."""

from dataclasses import dataclass

from rigprov.catalog import cuda, repositories
from rigprov.catalog.drivers import OLDEST_USABLE
from rigprov.model.host import BuildTools, Missing
from rigprov.model.plan import Blocker, Chosen, Decision
from rigprov.plan.case import Case
from rigprov.plan.driver import cards, offered
from rigprov.plan.driver.decide import Driver

SOURCE = "nvidia_cuda_repository"
# The last of CUDA 12, for cards and drivers that 13 leaves behind, and the first of 13, which every driver from 580 on runs.
OLD, NEW = "12.9", "13.0"
_PARTS = ("cuda-nvcc", "cuda-cudart-dev", "libcublas-dev")  # what llama.cpp is compiled with; the whole toolkit is six times that


@dataclass(frozen=True)
class Toolkit:
    """The decision, and the compiler that there will be: its CUDA release and path.

    `driver`: branch of the driver that the plan brings; None: the one that is here stays.
    """

    decision: Decision
    release: str | None = None
    nvcc: str | None = None
    driver: int | None = None


def decide(case: Case, driver: Driver) -> Toolkit:
    """Values of the role `cuda_toolkit`, or why it is left out."""
    brought = driver.branch if driver.ready == "after" else None
    if reason := _not_wanted(case, driver):
        return Toolkit(Decision(skip=reason), driver=brought)
    facts = case.facts
    repository = repositories.cuda(facts.os.id, facts.os.codename, facts.kernel.machine)
    if repository is None:
        fix = "use Ubuntu 22.04, 24.04 or 26.04, or Debian 12 or 13, or carry an engine: --set llm_runtime.archive=FILE"
        message = f"the engine is compiled with CUDA, which NVIDIA does not publish for {facts.os.pretty}"
        return Toolkit(Decision(blockers=(Blocker("cuda-release", message, fix),)))
    wish = case.wish("cuda_toolkit_release")
    if wish is not None and cuda.pair(str(wish)) is None:
        fix = "leave it out, or name a release: --set cuda_toolkit.release=13.0"
        message = f"cuda_toolkit.release is set to `{wish}`, which is no release"
        return Toolkit(Decision(blockers=(Blocker("cuda-release", message, fix),)), driver=brought)
    release, why = _release(case, driver) if wish is None else (str(wish), "as you set it")
    name = release.replace(".", "-")
    packages = [f"{part}-{name}" for part in _PARTS]
    home = f"/usr/local/cuda-{release}"
    source = "NVIDIA's own; the distribution's toolkit is older and lies in /usr"
    decision = Decision(
        values={
            "cuda_toolkit_release": Chosen(release, why),
            "cuda_toolkit_packages": Chosen(packages, "compiler, runtime and cuBLAS, by names that never bring a driver"),
            "cuda_toolkit_home": Chosen(home, "where these packages put it"),
            "cuda_toolkit_path": Chosen(value=True, reason="so that nvcc is found at the next login"),
            "cuda_toolkit_repository": Chosen(repository.values(), source),
            "cuda_toolkit_pins": _pins(driver),
            "cuda_toolkit_hold": Chosen(packages, "so that the engine is rebuilt only when you want it"),
        },
        blockers=_unreachable(case),
        reason=f"CUDA {release}, which the engine is compiled with",
    )
    return Toolkit(decision, release, f"{home}/bin/nvcc", brought)


def _not_wanted(case: Case, driver: Driver) -> str | None:
    if case.wish("llm_runtime_archive") and case.wish("llm_runtime_source") != "build":
        return "the engine comes ready from your archive, so nothing is compiled here"
    if not case.tier.needs.gpus:
        return "nothing is compiled for a GPU"
    tools = case.facts.tools
    if isinstance(tools, BuildTools) and tools.nvcc is not None and (tools.cublas or driver.ready == "now"):
        return f"CUDA {tools.nvcc} is here already ({tools.nvcc_path}), and the engine is built with it"
    if driver.ready == "never":
        return "there is no driver, so nothing could be built for it"
    return None


def _release(case: Case, driver: Driver) -> tuple[str, str]:
    found = cards.find(case.facts)
    models = () if isinstance(found, Missing) else found.models
    known = case.facts.compute_capabilities
    names = known if isinstance(known, tuple) else tuple(model.compute_capability for model in models)
    old = [name for name in names if (number := cuda.pair(name)) and number < cuda.OLDEST_SINCE_13]
    branch = driver.branch or OLDEST_USABLE
    if old:
        return OLD, f"CUDA 13 no longer builds for compute capability {' and '.join(sorted(set(old)))}"
    if branch < cuda.FIRST_DRIVER[13]:
        return OLD, f"driver {branch} runs what CUDA 12 builds; CUDA 13 needs driver {cuda.FIRST_DRIVER[13]}"
    if offered.known(case.facts) and not offered.has(case.facts, f"cuda-nvcc-{NEW.replace('.', '-')}"):
        return _newest_offered(case) or (NEW, f"every driver from {cuda.FIRST_DRIVER[13]} on runs what it builds")
    return NEW, f"every driver from {cuda.FIRST_DRIVER[13]} on runs what it builds, and it builds for all of these GPUs"


def _newest_offered(case: Case) -> tuple[str, str] | None:
    """Where the repository is there already, and no longer (or not yet) has the usual release."""
    prefix = "cuda-nvcc-13-"
    found = [offer.name.removeprefix(prefix) for offer in offered.offers(case.facts) if offer.name.startswith(prefix)]
    minors = sorted(int(minor) for minor in found if minor.isdigit())
    return (f"13.{minors[0]}", "the first of CUDA 13 that apt offers") if minors else None


def _pins(driver: Driver) -> Chosen:
    """Where the driver is not NVIDIA's package, the repository must never bring one."""
    if driver.source == "nvidia":
        return Chosen([], "the driver comes from this repository as well")
    pin = {"package": "nvidia-* libnvidia-* cuda-drivers* libcuda1", "pin": repositories.CUDA_PIN, "priority": -1}
    return Chosen([pin], "the driver comes from elsewhere, and this repository must never bring a second one")


def _unreachable(case: Case) -> tuple[Blocker, ...]:
    if case.answers(SOURCE) is not False:
        return ()
    message = "the engine is compiled with CUDA's toolkit, and NVIDIA's repository does not answer from this host"
    fix = "let it reach developer.download.nvidia.com, or carry an engine: --set llm_runtime.archive=FILE"
    return (Blocker("cuda-unreachable", message, fix),)

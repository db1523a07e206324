"""Where the inference engine comes from: a wheel, an archive of a release, a build from source. Each with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from rigprov.catalog.engines import LLAMA_CPP_SOURCE, XLLAMACPP
from rigprov.catalog.sources import PYTHON_INDEX
from rigprov.errors import UsageError
from rigprov.model.plan import Blocker, Chosen
from rigprov.plan import toolchain, wheel
from rigprov.plan.case import Case
from rigprov.plan.gpu_stack import Stack
from rigprov.tiers.fit import gpus_of

Source = Literal["wheel", "archive", "build"]
CARRY = "name a file with the engine: --set llm_runtime.archive=FILE --set llm_runtime.archive_sha256=HASH"
CARRY_SOURCE = f"carry the source code: --set llm_runtime.source=build {CARRY.partition(': ')[2]}"


@dataclass(frozen=True)
class Engine:
    """The choice. `unable` says why there is none that would use the GPU, with the way out."""

    source: Source
    values: Mapping[str, Chosen] = field(default_factory=dict)
    blockers: tuple[Blocker, ...] = ()
    warnings: tuple[str, ...] = ()
    name: str = ""
    unable: str | None = None


def choose(case: Case, stack: Stack) -> Engine:
    """The source that the user named, else the first that nothing speaks against: archive, wheel, build.

    Args:
        case: the host.
        stack: driver and toolkit that it has, or will have.

    Raises:
        UsageError: the user's values for the engine contradict one another.
    """
    _check(case)
    wished, given = case.wish("llm_runtime_source"), case.wish("llm_runtime_archive")
    gpu = bool(case.tier.needs.gpus)
    if gpu and (reason := _no_driver(case, stack)):
        return Engine("build", unable=reason)
    if wished == "archive" or (given and wished is None):
        return _archive(case)
    if wished == "build" or (wished is None and (gpu or wheel.lacking(case))):
        return _build(case, stack)
    return _wheel(case)


def _check(case: Case) -> None:
    source, archive = case.wish("llm_runtime_source"), case.wish("llm_runtime_archive")
    if archive and not case.wish("llm_runtime_archive_sha256"):
        raise UsageError(
            "`llm_runtime.archive` is set without its hash",
            hint="`sha256sum FILE` prints it; give it with --set llm_runtime.archive_sha256=HASH",
        )
    if source == "archive" and not archive:
        raise UsageError("`llm_runtime.source` is archive, and no archive is named", hint=CARRY)
    if source == "wheel" and archive:
        raise UsageError("`llm_runtime.source` is wheel, and an archive is named as well", hint="leave one of the two out")
    if source == "wheel" and case.tier.needs.gpus:
        raise UsageError(
            f"`llm_runtime.source` is wheel, and tier {case.tier.name} runs on GPUs: that engine decodes on the CPU only",
            hint="leave it out, or set it to build or archive",
        )


def _no_driver(case: Case, stack: Stack) -> str | None:
    """Why no engine could use a GPU here."""
    found = gpus_of(case.facts)
    if isinstance(found, tuple) and found and stack.driver.ready != "never":
        return None
    return "no NVIDIA driver answers here, and an engine for GPUs can be neither built nor tried without one"


def _wheel(case: Case) -> Engine:
    why = "; ".join(
        (
            "one pinned file that runs on every glibc since 2.17 and brings llama.cpp's server",
            "not archive: of llama.cpp's own archives none is pinned, as no public list proves their hashes; yours is taken",
            _not_container(case),
            "not build: it takes a compiler and minutes, and gains nothing that the tier asks for",
        )
    )
    warnings: tuple[str, ...] = ()
    if case.answers(PYTHON_INDEX) is False:
        warnings = ("the Python package index does not answer from this host; the engine comes from there",)
    return Engine(
        "wheel",
        values={
            "llm_runtime_source": Chosen("wheel", why),
            "llm_runtime_version": Chosen(XLLAMACPP.version, "the version whose wheels are pinned"),
            "llm_runtime_wheel_sha256": Chosen(sorted(XLLAMACPP.sha256.values()), "pip takes no other file"),
        },
        blockers=wheel.blockers(case),
        warnings=warnings,
        name=XLLAMACPP.requirement,
    )


def _archive(case: Case) -> Engine:
    values = {
        "llm_runtime_source": Chosen("archive", "an archive with the engine is named, so nothing else is fetched or built"),
        "llm_runtime_version": Chosen(str(case.wish("llm_runtime_archive_sha256"))[:12], "the archive's hash stands for it"),
    }
    return Engine("archive", values=values | _gpu_values(case), blockers=wheel.machine(case), name="from your archive")


def _build(case: Case, stack: Stack) -> Engine:
    gpu, carried = bool(case.tier.needs.gpus), bool(case.wish("llm_runtime_archive"))
    chain = toolchain.decide(case, stack.toolkit, cuda=gpu)
    blockers = list(wheel.machine(case))
    if not carried and case.answers(PYTHON_INDEX) is False:
        message = "the engine has to be built here, and the Python package index, which has its source code, does not answer"
        blockers.append(Blocker("engine-source", message, CARRY_SOURCE))
    why = (
        "the wheel decodes on the CPU only, and a build here fits GPU and driver exactly"
        if gpu
        else f"the wheel's code needs {wheel.lacking(case)}, which this CPU lacks; a build uses what it has"
        if wheel.lacking(case)
        else "as you set it"
    )
    reasons = [why, "not archive: none is pinned, as no public list proves their hashes; yours is taken", _not_container(case)]
    version = str(case.wish("llm_runtime_archive_sha256"))[:12] if carried else LLAMA_CPP_SOURCE.version
    values = {
        "llm_runtime_source": Chosen("build", "; ".join(reasons)),
        "llm_runtime_version": Chosen(
            version, "the source code's hash stands for it" if carried else "the version that is pinned"
        ),
    }
    if not carried:
        values["llm_runtime_sdist"] = Chosen(
            LLAMA_CPP_SOURCE.requirement, f"{LLAMA_CPP_SOURCE.tree} is built, nothing else of it"
        )
        values["llm_runtime_sdist_sha256"] = Chosen(LLAMA_CPP_SOURCE.sha256, "no other file is taken")
    return Engine(
        "build",
        values={**values, **chain.values, **_gpu_values(case)},
        blockers=(*blockers, *chain.blockers),
        warnings=("the engine is compiled on the host, which takes minutes; once, as long as nothing about it changes",),
        name="built from your source" if carried else f"built from {LLAMA_CPP_SOURCE.requirement}",
        unable=chain.unable,
    )


def _gpu_values(case: Case) -> dict[str, Chosen]:
    if not case.tier.needs.gpus:
        return {}
    return {"llm_runtime_gpu_layers": Chosen("all", "the tier is for models that lie whole in GPU memory")}


def _not_container(case: Case) -> str:
    if case.environment.kind == "container":
        return "not llama.cpp's container: no containers are run inside this one"
    more = ", NVIDIA's toolkit for it" if case.tier.needs.gpus else ""
    return f"not llama.cpp's container: it needs Docker{more} and a pinned image, for the same server"

"""Which model is measured: the tier's first that this host can hold, get and judge."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from rigprov.catalog.models import MODELS, HubFile, Model
from rigprov.catalog.sources import PYTHON_INDEX
from rigprov.model.host import HostFacts
from rigprov.model.missing import Missing
from rigprov.model.plan import Blocker, PlannedBenchmark
from rigprov.model.tier import Benchmark, Tier
from rigprov.plan.case import GIB, MIB, Case, gib
from rigprov.plan.storage import Place
from rigprov.tiers.fit import gpus_of

SYSTEM_RAM = 3 * GIB  # the system, its page cache, Docker, a browser
GPU_RESERVE = 1 * GIB  # per GPU: driver, CUDA context, a desktop (an RTX 3090 offers 23.6 of its 24 GiB)
DISK_RESERVE = 2 * GIB  # Docker, the engine, package lists, and what the models role leaves free
SMALL_BOARD_CPUS = 8
SOURCES = {"hub": "huggingface.co", PYTHON_INDEX: "the Python package index"}


@dataclass(frozen=True)
class Choice:
    """The benchmark, or why there is none."""

    planned: PlannedBenchmark | None
    model: Model | None = None
    blockers: tuple[Blocker, ...] = ()
    warnings: tuple[str, ...] = ()


def machine_class(facts: HostFacts, tier: Tier) -> str:
    """Class of machine that floors are given for.

    `gpu`: the tier runs on GPUs. `sbc`: a single-board computer, that is, ARM hardware of at most 8 CPUs that is neither
    virtual nor a cloud's. `pc`: everything else.
    """
    if tier.needs.gpus:
        return "gpu"
    virtual = facts.virtualisation
    board = virtual.hypervisor is None and virtual.provider is None and facts.cpu.logical_cpus <= SMALL_BOARD_CPUS
    if facts.kernel.machine == "aarch64" and (facts.kernel.flavour == "raspi" or board):
        return "sbc"
    return "pc"


def choose(case: Case, place: Place) -> Choice:
    """The first of the tier's benchmarks that nothing speaks against."""
    group = machine_class(case.facts, case.tier)
    against: list[tuple[str, str, str]] = []  # title, kind of reason, reason
    for benchmark in case.tier.benchmarks:
        model = MODELS[benchmark.model]
        if found := _against(case, place, benchmark, model, group):
            against.append((model.title, *found))
            continue
        planned = _planned(case, place, benchmark, group, _out(against) or "the tier's first choice fits")
        return Choice(planned, model, warnings=_unsure(case, place, model))
    if not against:
        return Choice(None, warnings=("the tier has no benchmark, so nothing will be measured",))
    full = any(kind == "disk" for _, kind, _ in against)
    code = "disk-full" if full else "no-benchmark"
    fix = "free space, or name a larger file system: --set models.path=/mnt/models" if full else "take another tier or machine"
    return Choice(None, blockers=(Blocker(code, f"no model of tier {case.tier.name} can be used: {_out(against)}", fix),))


def _out(against: list[tuple[str, str, str]]) -> str:
    """What speaks against models, those with the same reason named together."""
    titles: dict[str, list[str]] = {}
    for title, _, reason in against:
        titles.setdefault(reason, []).append(title)
    return "; ".join(f"{' and '.join(names)} {'are' if len(names) > 1 else 'is'} out: {why}" for why, names in titles.items())


def source_of(model: Model) -> str:
    """Name of the source that the model's file comes from, as in the fact `reachable`."""
    return "hub" if isinstance(model.source, HubFile) else PYTHON_INDEX


def _planned(case: Case, place: Place, benchmark: Benchmark, group: str, reason: str) -> PlannedBenchmark:
    directory, model = case.wish("models_path") or place.path, MODELS[benchmark.model]
    return PlannedBenchmark(
        model=model.key,
        path=str(PurePosixPath(str(directory), model.file)),
        sha256=model.sha256,
        size_bytes=model.size_bytes,
        context=benchmark.context,
        floor=benchmark.floors[group],
        machine_class=group,
        reason=reason,
    )


def _against(case: Case, place: Place, benchmark: Benchmark, model: Model, group: str) -> tuple[str, str] | None:
    """What speaks against a benchmark: a word and a reason; None when nothing does."""
    if group not in benchmark.floors:
        return "class", f"the tier has no floor for it on this class of machine ({group})"
    if short := _memory_short(case, benchmark, model):
        return "memory", short
    if place.has(model.file, model.size_bytes):
        return None
    if place.mount is not None and place.mount.free_bytes < model.size_bytes + DISK_RESERVE:
        need = gib(model.size_bytes + DISK_RESERVE)
        return "disk", f"{place.mount.target} needs {need} free (file and reserve) and has {gib(place.mount.free_bytes)}"
    source = source_of(model)
    if case.answers(source) is False:
        return "source", f"{SOURCES[source]} does not answer from this host"
    return None


def _memory_short(case: Case, benchmark: Benchmark, model: Model) -> str | None:
    need = model.resident_bytes(benchmark.context)
    if not case.tier.needs.gpus:
        have = case.facts.memory.total_mib * MIB
        return None if have >= need + SYSTEM_RAM else f"it needs {gib(need + SYSTEM_RAM)} of RAM, there are {gib(have)}"
    found = gpus_of(case.facts)
    if isinstance(found, Missing) or any(gpu.vram_gib is None for gpu in found):
        return None  # the need for GPUs is judged, and reported as unknown, elsewhere
    have = int(sum(gpu.vram_gib or 0 for gpu in found) * GIB) - GPU_RESERVE * len(found)
    return None if have >= need else f"it needs {gib(need)} of VRAM, {gib(max(have, 0))} can be used"


def _unsure(case: Case, place: Place, model: Model) -> tuple[str, ...]:
    source = source_of(model)
    if case.answers(source) is None and not place.has(model.file, model.size_bytes):
        return (f"whether {SOURCES[source]} answers from this host could not be told; {model.title} comes from there",)
    return ()

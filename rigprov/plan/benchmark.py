"""Which model is measured: the tier's first that this host can hold, get and judge."""

from collections.abc import Sequence
from dataclasses import dataclass

from rigprov.catalog.models import MODELS, HubFile, Model
from rigprov.catalog.sources import PYTHON_INDEX
from rigprov.model.host import HostFacts
from rigprov.model.missing import Missing
from rigprov.model.plan import Blocker, PlannedBenchmark
from rigprov.model.tier import Benchmark, Tier
from rigprov.plan.case import GIB, MIB, Case, gib
from rigprov.plan.planned import planned
from rigprov.plan.storage import Place
from rigprov.plan.used import used_gpus
from rigprov.tiers.room import DISK_RESERVE, in_vram, on_disk

SYSTEM_RAM = 3 * GIB  # the system, its page cache, Docker, a browser
SMALL_BOARD_CPUS = 8
SOURCES = {"hub": "huggingface.co", PYTHON_INDEX: "the Python package index"}


@dataclass(frozen=True)
class Choice:
    """The benchmark, or why there is none."""

    planned: PlannedBenchmark | None
    model: Model | None = None
    blockers: tuple[Blocker, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def to_fetch(self) -> Model | None:
        """The model whose file the host must get; None where its weights are made there."""
        return None if self.planned is not None and self.planned.weights == "synthetic" else self.model


@dataclass(frozen=True)
class _Obstacle:
    """What speaks against a benchmark."""

    benchmark: Benchmark
    kind: str  # "class", "memory", "disk", "source"
    reason: str

    @property
    def title(self) -> str:
        return MODELS[self.benchmark.model].title


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
    """The first of the tier's benchmarks that nothing speaks against.

    Where only the model's source does not answer, its speed is proved with synthetic weights, which need no download: on GPU
    tiers at once, since a smaller model would prove less of the GPU; elsewhere only when no real model can be had.
    """
    group = machine_class(case.facts, case.tier)
    against: list[_Obstacle] = []
    for benchmark in case.tier.benchmarks:
        obstacle = _against(case, place, benchmark, group)
        if obstacle is None:
            reason = _out(against) or "the tier's first choice fits"
            model = MODELS[benchmark.model]
            return Choice(planned(case, place, benchmark, group, reason=reason), model, warnings=_unsure(case, place, model))
        if obstacle.kind == "source" and group == "gpu":
            return _synthetic(case, place, obstacle, group, _out(against))
        against.append(obstacle)
    if unfetched := [obstacle for obstacle in against if obstacle.kind == "source"]:
        others = [obstacle for obstacle in against if obstacle.kind != "source"]
        return _synthetic(case, place, unfetched[0], group, _out(others))
    return _nothing(case, against)


def _synthetic(case: Case, place: Place, obstacle: _Obstacle, group: str, reason: str) -> Choice:
    why = f"{obstacle.reason}, and the speed depends on the weights' shape, not on their values"
    made = planned(case, place, obstacle.benchmark, group, reason=reason or "the tier's first choice fits", synthetic=why)
    warning = f"{obstacle.title} is measured with synthetic weights: {obstacle.reason}; they prove speed and answer no question"
    return Choice(made, MODELS[obstacle.benchmark.model], warnings=(warning,))


def _nothing(case: Case, against: Sequence[_Obstacle]) -> Choice:
    if not against:
        return Choice(None, warnings=("the tier has no benchmark, so nothing will be measured",))
    full = any(obstacle.kind == "disk" for obstacle in against)
    code = "disk-full" if full else "no-benchmark"
    fix = "free space, or name a larger file system: --set models.path=/data/models" if full else "take another tier or machine"
    return Choice(None, blockers=(Blocker(code, f"no model of tier {case.tier.name} can be used: {_out(against)}", fix),))


def _out(against: Sequence[_Obstacle]) -> str:
    """What speaks against models, those with the same reason named together."""
    titles: dict[str, dict[str, None]] = {}
    for obstacle in against:
        titles.setdefault(obstacle.reason, {})[obstacle.title] = None
    return "; ".join(f"{' and '.join(names)} {'are' if len(names) > 1 else 'is'} out: {why}" for why, names in titles.items())


def source_of(model: Model) -> str:
    """Name of the source that the model's file comes from, as in the fact `reachable`."""
    return "hub" if isinstance(model.source, HubFile) else PYTHON_INDEX


def _against(case: Case, place: Place, benchmark: Benchmark, group: str) -> _Obstacle | None:
    """What speaks against a benchmark, the weightiest first; None when nothing does."""
    model = MODELS[benchmark.model]
    if group not in benchmark.floors:
        return _Obstacle(benchmark, "class", f"the tier has no floor for it on this class of machine ({group})")
    if short := _memory_short(case, benchmark, model):
        return _Obstacle(benchmark, "memory", short)
    if place.has(model.file, model.size_bytes):
        return None
    if place.mount is not None and not on_disk(model, place.mount.free_bytes).fits:
        need = gib(model.size_bytes + DISK_RESERVE)
        has = f"{place.mount.target} needs {need} free (file and reserve) and has {gib(place.mount.free_bytes)}"
        return _Obstacle(benchmark, "disk", has)
    source = source_of(model)
    if case.answers(source) is False:
        return _Obstacle(benchmark, "source", f"{SOURCES[source]} does not answer from this host")
    return None


def _memory_short(case: Case, benchmark: Benchmark, model: Model) -> str | None:
    if not case.tier.needs.gpus:
        need, have = model.resident_bytes(benchmark.context) + SYSTEM_RAM, case.facts.memory.total_mib * MIB
        return None if have >= need else f"it needs {gib(need)} of RAM, there are {gib(have)}"
    found = used_gpus(case.facts, case.tier, benchmark)
    if isinstance(found, Missing):
        return None  # the need for GPUs is judged, and reported as unknown, elsewhere
    if benchmark.split == "tensor" and len(found) == 1:
        return "a tensor split needs two GPUs"
    room = in_vram(model, benchmark.context, [gpu.vram_gib or 0 for gpu in found])
    return None if room.fits else f"it needs {gib(room.need)} of VRAM, {gib(room.have)} can be used"


def _unsure(case: Case, place: Place, model: Model) -> tuple[str, ...]:
    source = source_of(model)
    if case.answers(source) is None and not place.has(model.file, model.size_bytes):
        return (f"whether {SOURCES[source]} answers from this host could not be told; {model.title} comes from there",)
    return ()

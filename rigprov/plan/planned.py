"""What `verify` is told to measure: file, weights, split, and the speed to expect."""

from pathlib import PurePosixPath

from rigprov.catalog.models import MODELS, Model
from rigprov.model.missing import Missing
from rigprov.model.plan import PlannedBenchmark
from rigprov.model.proof import Band
from rigprov.model.tier import Benchmark, Split
from rigprov.plan.case import Case
from rigprov.plan.storage import Place
from rigprov.plan.used import used_gpus
from rigprov.tiers.gpus import Gpu
from rigprov.tiers.predict import MEASURED_DEPTH, Card, Traffic, band


def planned(case: Case, place: Place, benchmark: Benchmark, group: str, *, reason: str, synthetic: str = "") -> PlannedBenchmark:
    """The benchmark for this host.

    Args:
        case: host, tier, wishes.
        place: the models' directory.
        benchmark: of the tier.
        group: class of machine.
        reason: why this one, in words.
        synthetic: why its weights are made on the host instead of fetched; "": they are real.
    """
    model = MODELS[benchmark.model]
    used = used_gpus(case.facts, case.tier, benchmark) if group == "gpu" else ()
    gpus = () if isinstance(used, Missing) else used
    split: Split = benchmark.split if len(gpus) != 1 else "none"
    expected = _expected(model, used, split) if group == "gpu" else Missing("the memory's bandwidth is measured on the spot")
    return PlannedBenchmark(
        model=model.key,
        path=_path(case, place, model, synthetic=bool(synthetic)),
        sha256="" if synthetic else model.sha256,
        size_bytes=model.size_bytes,
        context=benchmark.context,
        floor=benchmark.floors[group],
        machine_class=group,
        reason=reason,
        quantisation=model.quantisation,
        parameters=model.parameters,
        active_parameters=model.active_parameters,
        bytes_per_token=model.bytes_per_token,
        kv_bytes_per_position=model.kv_bytes_per_position,
        layers=model.layers,
        moe=model.moe,
        weights="synthetic" if synthetic else "real",
        weights_reason=synthetic,
        split=split,
        flash_attention=benchmark.flash_attention,
        gpus=tuple(gpu.index for gpu in gpus if gpu.index is not None),
        expected=expected if isinstance(expected, Band) else None,
        expected_reason=expected.reason if isinstance(expected, Missing) else "",
    )


def _path(case: Case, place: Place, model: Model, *, synthetic: bool) -> str:
    """The file on the host. Synthetic weights never take the name of real ones, so that nobody chats with them by mistake."""
    directory = str(case.wish("models_path") or place.path)
    name = PurePosixPath(model.file)
    return str(PurePosixPath(directory, f"{name.stem}.synthetic{name.suffix}" if synthetic else name))


def _expected(model: Model, used: tuple[Gpu, ...] | Missing, split: Split) -> Band | Missing:
    """Predicted from the catalogue; before the measurement nothing better is known, the link between GPUs neither."""
    if isinstance(used, Missing):
        return used
    if not used:
        return Missing("there is no GPU")
    cards = []
    for gpu in used:
        if gpu.bandwidth_gb_s is None:
            return Missing(f"the memory bandwidth of {gpu.name} is not in the catalogue")
        cards.append(Card(gpu.name, gpu.bandwidth_gb_s, gpu.memory, gpu.vram_gib))
    return band(Traffic.of(model), cards, depth=MEASURED_DEPTH, split=split)

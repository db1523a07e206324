"""The tiers as text, as a Markdown table for the README, and how a host fits them."""

from collections.abc import Mapping, Sequence

from rigprov.catalog.gpu_names import gpu
from rigprov.catalog.models import MODELS
from rigprov.catalog.roles import built
from rigprov.model.proof import Band
from rigprov.model.tier import Benchmark, Tier
from rigprov.report.json import plain
from rigprov.tiers.fit import Finding, fits
from rigprov.tiers.predict import Card, Traffic, band

VERDICTS = {True: "fits", False: "does not fit", None: "not certain"}
MARKS = {"met": "ok", "scant": "scant", "missed": "missing", "unknown": "unknown"}


def listing(tiers: Sequence[Tier]) -> str:
    """Every tier with its needs, models and floors."""
    return "\n".join(_tier(tier) for tier in tiers)


def markdown(tiers: Sequence[Tier]) -> str:
    """The table in the README."""
    rows = ["| tier | needs | measured with | floor (decode tokens/s) | state |", "|---|---|---|---|---|"]
    for tier in tiers:
        models = "<br>".join(_title(item) for item in tier.benchmarks)
        floors = "<br>".join(_floors(item) for item in tier.benchmarks)
        rows.append(f"| `{tier.name}` | {needs(tier)} | {models} | {floors} | {_state(tier)} |")
    return "\n".join(rows) + "\n"


def fitting(host: str, findings: Mapping[str, tuple[Finding, ...]]) -> str:
    """How one host fits each tier."""
    lines = [host]
    for name, found in findings.items():
        lines.append(f"  {name}: {VERDICTS[fits(found)]}")
        for finding in found:
            lines.append(f"    {MARKS[finding.state]:<8} {finding.message}")
            if finding.fix:
                lines.append(f"    {'':<8} way out: {finding.fix}")
    return "\n".join(lines) + "\n"


def needs(tier: Tier) -> str:
    """A tier's needs in one line."""
    need = tier.needs
    words = [f"{need.ram_gib:g} GB RAM", f"{need.disk_gib:g} GB disk"]
    if need.gpus:
        single = f" or 1 with {need.or_vram_gib:g} GB" if need.or_vram_gib else ""
        words.append(f"{need.gpus} NVIDIA GPU{'s' if need.gpus > 1 else ''} with {need.vram_gib:g} GB{single}")
    return ", ".join(words)


def _tier(tier: Tier) -> str:
    lines = [f"{tier.name}: {tier.summary}", f"  needs        {needs(tier)}; {' or '.join(tier.needs.machines)}"]
    lines += [
        f"  {'measures' if number == 0 else '':<12} {_title(item)}, floor in tokens/s: {_floors(item)}{_expected(item)}"
        for number, item in enumerate(tier.benchmarks)
    ]
    lines += [f"  expect       {tier.expectation}", f"  roles        {', '.join(tier.roles)}"]
    if absent := unbuilt(tier):
        lines.append(f"  not built    {', '.join(absent)}: plan works, apply refuses")
    return "\n".join(lines) + "\n"


def unbuilt(tier: Tier) -> tuple[str, ...]:
    """Roles of the tier that this version does not carry."""
    return tuple(role for role in tier.roles if not built(role))


def _state(tier: Tier) -> str:
    return "plan only" if unbuilt(tier) else "plan, apply, verify"


def reference_band(item: Benchmark) -> Band | None:
    """Predicted speed on the hardware that the tier names as an example, an empty context; None where it names none."""
    if item.reference is None:
        return None
    name, count = item.reference
    card = gpu(name)
    if card.bandwidth_gb_s is None:
        return None
    cards = [Card(card.name, card.bandwidth_gb_s, card.kind, card.vram_gb)] * count
    return band(Traffic.of(MODELS[item.model]), cards, split=item.split)


def benchmark_data(item: Benchmark) -> dict[str, object]:
    """A benchmark with its model's file, pin, shape and sizes, in JSON types."""
    benchmark, model = plain(item), plain(MODELS[item.model])
    data = benchmark if isinstance(benchmark, dict) else {}
    return {**data, "name": item.name, "model": model, "expected_on_reference": plain(reference_band(item))}


def _expected(item: Benchmark) -> str:
    found = reference_band(item)
    if found is None or item.reference is None:
        return ""
    name, count = item.reference
    cards = f"{count} {name}" if count > 1 else f"one {name}"
    return f"; predicted on {cards}: {found.low:.0f} to {found.high:.0f}"


def _title(item: Benchmark) -> str:
    model = MODELS[item.model]
    how = "" if item.split in ("none", "layer") else f", {item.split} split"
    return f"{model.title} {model.quantisation}{how}"


def _floors(item: Benchmark) -> str:
    return ", ".join(f"{floor:g} ({group})" for group, floor in item.floors.items())

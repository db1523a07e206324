"""The tiers as text, as a Markdown table for the README, and how a host fits them."""

from collections.abc import Mapping, Sequence

from rigprov.catalog.models import MODELS
from rigprov.catalog.roles import built
from rigprov.model.tier import Benchmark, Tier
from rigprov.tiers.fit import Finding, fits

VERDICTS = {True: "fits", False: "does not fit", None: "not certain"}
MARKS = {"met": "ok", "missed": "missing", "unknown": "unknown"}


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
        words.append(f"{need.gpus} NVIDIA GPU{'s' if need.gpus > 1 else ''} with {need.vram_gib:g} GB")
    return ", ".join(words)


def _tier(tier: Tier) -> str:
    lines = [f"{tier.name}: {tier.summary}", f"  needs        {needs(tier)}; {' or '.join(tier.needs.machines)}"]
    lines += [
        f"  {'measures' if number == 0 else '':<12} {_title(item)}, floor in tokens/s: {_floors(item)}"
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


def _title(item: Benchmark) -> str:
    model = MODELS[item.model]
    return f"{model.title} {model.quantisation}"


def _floors(item: Benchmark) -> str:
    return ", ".join(f"{floor:g} ({group})" for group, floor in item.floors.items())

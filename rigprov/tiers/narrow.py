"""A tier with the model that the user prefers."""

from dataclasses import replace

from rigprov.errors import UsageError
from rigprov.model.tier import Tier


def only(tier: Tier, model: str | None) -> Tier:
    """The tier with the benchmarks of `model` (`KEY`, or `KEY:SPLIT`) only; the tier itself where the user names none.

    Raises:
        UsageError: the tier has no floor for that model.
    """
    if model is None:
        return tier
    chosen = tuple(benchmark for benchmark in tier.benchmarks if model in (benchmark.model, benchmark.name))
    if not chosen:
        known = ", ".join(benchmark.name for benchmark in tier.benchmarks) or "none"
        raise UsageError(f"tier `{tier.name}` has no floor for the model `{model}`", hint=f"it has: {known}")
    return replace(tier, benchmarks=chosen)

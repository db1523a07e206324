"""Judges log-probabilities that a host's engine gave against those that a CPU gave for the same file."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from rigprov.model.proof import Correctness

# docs/correctness.md tells what sound machines, a GPU among them, and broken ones give.
MAX_MEAN_KLD = 2e-3
MIN_SAME_TOP = 0.90
Top = Sequence[Sequence[Any]]  # [token, log-probability], most probable first

_IMPOSSIBLE = -1e30
_LEAST = 1e-9  # probability of "any other token" where the listed ones take all


def judge(raw: Mapping[str, Any], golden: Mapping[str, Any]) -> Correctness:
    """Whether the engine computes what it should.

    Args:
        raw: what `rigprov.verify.host.logits.probe` returned; `again`, where there is one: `top` of a later probe.
        golden: see `rigprov.catalog.golden`.
    """
    wanted, got = golden["top"], raw["top"]
    pairs = [(want, have) for want, have in zip(wanted, got, strict=False) if _finite(have)]
    divergences = [divergence(want, have) for want, have in pairs]
    complete = len(pairs) == len(wanted)
    mean = math.fsum(divergences) / len(divergences) if complete and divergences else None
    same = sum(want[0][0] == have[0][0] for want, have in pairs) / len(wanted)
    repeated = raw["again"] == got if "again" in raw else None
    if len(got) > len(wanted):
        why = f"the engine answered at {len(got)} positions instead of {len(wanted)}"
    else:
        why = _why(len(pairs), len(wanted), mean, same, repeated)
    worst = max(divergences) if mean is not None else None
    return Correctness(len(wanted), mean, worst, same, repeated, passed=not why, why=why)


def _why(usable: int, positions: int, mean: float | None, same: float, repeated: bool | None) -> str:
    """What is wrong, in words; empty where nothing is. Where the limits come from: docs/correctness.md."""
    if mean is None:
        return f"at {positions - usable} of {positions} positions the engine gave no finite log-probabilities"
    if mean > MAX_MEAN_KLD:
        return (
            f"the probabilities differ from the CPU's: mean divergence {mean:.1e}, limit {MAX_MEAN_KLD:.0e}, "
            "which lies above every sound variation measured and below every fault that the check claims to find"
        )
    if same < MIN_SAME_TOP:
        return f"the most probable token is the CPU's at {same:.0%} of the positions, limit {MIN_SAME_TOP:.0%}"
    if repeated is False:
        return "the same requests gave other numbers the second time: memory or processor is unstable"
    return ""


def divergence(want: Top, have: Top) -> float:
    """Kullback-Leibler divergence in nats, over the reference's listed tokens and one lump for all others.

    A lump can only lower it, and so can a listed token that the other side does not list (it is then taken to be as probable
    as that side's least): this is a lower bound, never a false alarm.
    """
    listed = dict(map(tuple, have))
    least = min(listed.values())
    total = rest_want = rest_have = 0.0
    for token, log_p in want:
        log_q = listed.get(token, least)
        total += math.exp(log_p) * (log_p - log_q)
        rest_want += math.exp(log_p)
        rest_have += math.exp(log_q)
    p, q = max(1 - rest_want, _LEAST), max(1 - rest_have, _LEAST)
    return max(0.0, total + p * math.log(p / q))


def _finite(top: Top) -> bool:
    """Whether all are usable. llama-server writes a probability of 0 as the lowest single-precision number, and NaN as null."""
    return bool(top) and all(isinstance(value, int | float) and math.isfinite(value) and value > _IMPOSSIBLE for _, value in top)

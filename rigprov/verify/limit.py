"""How much of the machine's memory bandwidth the decoding reached. Pure."""

from dataclasses import dataclass
from statistics import median

from rigprov.verify.evidence import Evidence

# Bandwidth and speed are measured one after the other, each within a few percent; healthy CPUs reach 0.88 to 0.99 of
# their measured read bandwidth. A tenth above 1 is no longer explained by that.
_TOO_MUCH = 1.1


@dataclass(frozen=True)
class Limit:
    """Bound of the decode speed.

    Args:
        tokens_per_s: bandwidth / bytes per token; None where it bounds nothing or was not measured.
        share: of the bandwidth, that the median run used; None likewise.
        why_not: reason for the None.
        raw_tokens_per_s: the quotient, even where it bounds nothing.
        exceeded: faster than memory can be, which is a measuring error.
    """

    tokens_per_s: float | None = None
    share: float | None = None
    why_not: str = ""
    raw_tokens_per_s: float | None = None
    exceeded: bool = False


def limit(evidence: Evidence) -> Limit:
    """Bound for one host, or why there is none."""
    size, bandwidth = evidence.bytes_per_token, evidence.bandwidth_gb_s
    if size is None or bandwidth is None:
        return Limit(why_not=f"not known: {evidence.bytes_reason or evidence.bandwidth_reason or 'nothing was measured'}")
    raw = bandwidth * 1e9 / size
    if evidence.l3_bytes and size < 2 * evidence.l3_bytes:
        cache = f"the CPU's cache ({evidence.l3_bytes / 2**20:.0f} MiB) holds much or all of the weights ({size / 2**20:.0f} MiB)"
        return Limit(why_not=f"means nothing here: {cache}", raw_tokens_per_s=raw)
    if not evidence.series:
        return Limit(round(raw, 1), raw_tokens_per_s=raw, why_not="not measured: no run")
    share = median(evidence.series[-1]) / raw
    if share > 1 and (evidence.bandwidth_disturbed or not evidence.l3_bytes):
        what = "other programs used the memory meanwhile" if evidence.bandwidth_disturbed else "the size of the cache is unknown"
        return Limit(why_not=f"not measured: {what}", raw_tokens_per_s=raw)
    return Limit(round(raw, 1), round(share, 3), raw_tokens_per_s=raw, exceeded=share > _TOO_MUCH)

"""How much of the memory bandwidth the decoding reached, and what was to be expected. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from rigprov.catalog.gpu_names import named
from rigprov.catalog.gpus import kind_by_name
from rigprov.model.missing import Missing
from rigprov.model.plan import PlannedBenchmark
from rigprov.model.proof import Band, Device, Link
from rigprov.tiers.links import kind_of, slowest
from rigprov.tiers.predict import MEASURED_DEPTH, Card, Traffic, band, ideal_ms
from rigprov.verify.evidence import Evidence

# Bandwidth and speed are measured one after the other, each within a few percent; healthy CPUs reach 0.88 to 0.99 of
# their measured read bandwidth. A tenth above 1 is no longer explained by that.
_TOO_MUCH = 1.1
# A GPU's peak is computed from its bus width and its highest memory clock, which an owner may have raised a little since.
_TOO_MUCH_GPU = 1.05
# The largest level-2 cache of a GPU is 126 MiB (B200, 2025); weights of less than twice that are read from it in part.
_GPU_CACHE = 2 * 126 * 2**20


@dataclass(frozen=True)
class Limit:
    """Bound of the decode speed.

    Args:
        tokens_per_s: bandwidth / bytes per token; None where it bounds nothing or was not measured.
        share: of the bandwidth, that the median run used; None likewise.
        why_not: reason for the None.
        raw_tokens_per_s: the quotient, even where it bounds nothing.
        exceeded: faster than memory can be, which is a measuring error.
        bandwidth_gb_s: of the GPUs together, decimal GB; None for a CPU, whose bandwidth is among the evidence.
    """

    tokens_per_s: float | None = None
    share: float | None = None
    why_not: str = ""
    raw_tokens_per_s: float | None = None
    exceeded: bool = False
    bandwidth_gb_s: float | None = None


def limit(evidence: Evidence, benchmark: PlannedBenchmark | None = None, devices: Sequence[Device] = ()) -> Limit:
    """Bound for one host, or why there is none.

    Args:
        evidence: what was measured.
        benchmark: what was planned; needed with `devices`.
        devices: GPUs that hold the model, with their peak bandwidth; empty: the CPU decoded.
    """
    if devices and benchmark is not None:
        return _gpu_limit(evidence, benchmark, devices)
    size, bandwidth = evidence.bytes_per_token, evidence.bandwidth_gb_s
    if not size or not bandwidth:
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


def expected(
    benchmark: PlannedBenchmark, evidence: Evidence, devices: Sequence[Device] = (), links: Sequence[Link] = ()
) -> Band | Missing:
    """What healthy machines of this kind reach, from the bandwidth that was found on the host; Missing says why not.

    Args:
        benchmark: what was planned.
        evidence: what was measured.
        devices: GPUs that hold the model; empty: the CPU decoded.
        links: between them.
    """
    if devices:
        cards = cards_of(devices)
        if isinstance(cards, Missing):
            return cards
        link = slowest([kind_of(one.kind) for one in links])
        origin = "bandwidth from the driver's bus width and memory clock"
        split = benchmark.split if len(cards) > 1 else "none"
        return band(_traffic(benchmark, evidence), cards, depth=MEASURED_DEPTH, split=split, link=link, origin=origin)
    bound = limit(evidence)
    if bound.tokens_per_s is None or not evidence.bandwidth_gb_s:
        return Missing(f"no limit to compare with: {bound.why_not}")
    cpu = Card("CPU", evidence.bandwidth_gb_s, "dram-read")
    origin = "bandwidth as threads on this host read it"
    return band(_traffic(benchmark, evidence), [cpu], depth=MEASURED_DEPTH, split="none", origin=origin)


def cards_of(devices: Sequence[Device]) -> tuple[Card, ...] | Missing:
    """The GPUs that hold layers, as the roofline takes them."""
    used = [device for device in devices if device.layers != 0]
    if not used:
        return Missing("no layer of the model lies on a GPU")
    cards = []
    for device in used:
        if not device.bandwidth_gb_s:
            return Missing(f"the driver tells neither bus width nor memory clock of GPU {device.index} ({device.name})")
        known = named(device.name)
        kind = known[0].kind if known else kind_by_name(device.name)
        vram = device.memory_total_mib / 1024 if device.memory_total_mib else None
        cards.append(Card(device.name, device.bandwidth_gb_s, kind, vram))
    return tuple(cards)


def _gpu_limit(evidence: Evidence, benchmark: PlannedBenchmark, devices: Sequence[Device]) -> Limit:
    cards, traffic = cards_of(devices), _traffic(benchmark, evidence)
    if isinstance(cards, Missing):
        return Limit(why_not=f"not known: {cards.reason}")
    if traffic.weights <= 0:
        return Limit(why_not=f"not known: {evidence.bytes_reason or 'how much a token reads was not planned'}")
    split = benchmark.split if len(cards) > 1 else "none"
    ideal = ideal_ms(traffic, cards, depth=MEASURED_DEPTH, split=split)
    raw = 1e3 / ideal
    together = (traffic.weights + MEASURED_DEPTH * traffic.kv_per_position) / ideal / 1e6
    if traffic.weights < _GPU_CACHE:
        cache = f"a GPU's cache holds much of weights as small as {traffic.weights / 2**20:.0f} MiB"
        return Limit(why_not=f"means nothing here: {cache}", raw_tokens_per_s=raw)
    if not evidence.series:
        return Limit(round(raw, 1), raw_tokens_per_s=raw, why_not="not measured: no run", bandwidth_gb_s=round(together, 1))
    share = median(evidence.series[-1]) / raw
    return Limit(round(raw, 1), round(share, 3), "", raw, share > _TOO_MUCH_GPU, round(together, 1))


def _traffic(benchmark: PlannedBenchmark, evidence: Evidence) -> Traffic:
    """As read from the file on the host; as planned where that was not possible."""
    weights = evidence.bytes_per_token or benchmark.bytes_per_token
    return Traffic(weights, benchmark.kv_bytes_per_position, benchmark.layers, benchmark.moe)

"""What a reader must know beside the verdict: remarks on how it was measured. Pure."""

from statistics import median

from rigprov.model.plan import PlannedBenchmark
from rigprov.model.proof import Band, Cause
from rigprov.verify.causes import cpu, table
from rigprov.verify.causes.situation import Situation
from rigprov.verify.evidence import Evidence
from rigprov.verify.gpu import remarks
from rigprov.verify.limit import Limit


def of(now: Situation, bound: Limit, costs: tuple[Cause, ...] = (), band: Band | None = None) -> tuple[str, ...]:
    """Remarks, in the order of the measurement.

    Args:
        now: all that is known.
        bound: the limit that was judged by.
        costs: causes on a machine that is fast enough all the same.
        band: see `judge`.
    """
    evidence = now.evidence
    found = [*_engine(now.benchmark, evidence), *_runs(evidence), *remarks.of(now.gpus, wanted=now.wants_gpu)]
    found += [f"may cost speed: {cause.what}; {cause.fix}" for cause in costs]
    found += [f"{cause.what}: {cause.fix}" for cause in table.hints(now)]
    if band is not None and evidence.series and _FEW * band.low <= median(evidence.series[-1]) < band.low:
        found.append(f"slower than the {band.low:.0f} to {band.high:.0f} tok/s of healthy machines of this kind")
    if now.backend == "CPU" and evidence.bandwidth_gb_s is None and evidence.bandwidth_reason:
        found.append(f"memory bandwidth not measured: {evidence.bandwidth_reason}")
    elif bound.why_not and (now.backend != "CPU" or evidence.bandwidth_gb_s is not None):
        found.append(f"share of the memory bandwidth {bound.why_not}")
    elif bound.share is not None:
        found.append("the limit leaves out the KV cache, which is small at this depth")
    return tuple(found)


_FEW = 0.8  # below this share of the band it is a verdict, not a remark


def _engine(benchmark: PlannedBenchmark, evidence: Evidence) -> list[str]:
    found = []
    if evidence.broken and evidence.broken.log:
        found += ["the engine's last words:", *(f"  {line}" for line in evidence.broken.log)]
    if evidence.was_running and evidence.load_s is None:
        found.append("load time not measured: the engine was already running")
    if evidence.stale:
        found.append("the engine was started with other settings or files than those on disk; `rigprov-llm restart` takes these")
    if evidence.context is not None and evidence.context != benchmark.context:
        found.append(f"the engine runs with a context of {evidence.context}, planned is {benchmark.context}")
    if evidence.web_ui is not None:
        found.append("the web page of the engine answers" if evidence.web_ui else "the web page of the engine does not answer")
    return found


def _runs(evidence: Evidence) -> list[str]:
    found = []
    if 0 < evidence.tokens < 128:  # noqa: PLR2004
        found.append(f"runs of {evidence.tokens} tokens instead of 128, because the machine is slow")
    repeated = [f"{attempt.tok_s:.1f}" for attempt in evidence.attempts if not attempt.kept]
    if repeated:
        found.append(f"repeated because of other load on the CPU: runs with {', '.join(repeated)} tok/s")
    disturbed = [attempt for attempt in cpu.counted(evidence) if attempt.disturbed]
    if disturbed:
        found.append(f"other load on the CPU during {len(disturbed)} of the runs that count")
    for runs in evidence.series[:-1]:
        found.append(f"an earlier series was too scattered to judge: {min(runs):.1f} to {max(runs):.1f} tok/s")
    return found

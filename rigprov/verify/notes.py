"""What a reader must know beside the verdict: remarks on how it was measured. Pure."""

from statistics import median

from rigprov.model.missing import Missing
from rigprov.model.plan import PlannedBenchmark
from rigprov.model.proof import Band, Cause
from rigprov.verify.causes import cpu, table
from rigprov.verify.causes.situation import Situation
from rigprov.verify.evidence import Evidence
from rigprov.verify.gpu import remarks
from rigprov.verify.limit import Limit

_NO_BAND = Missing("it is not known what they reach")


def of(
    now: Situation,
    bound: Limit,
    costs: tuple[Cause, ...] = (),
    band: Band | Missing = _NO_BAND,
    *,
    passed: bool = False,
) -> tuple[str, ...]:
    """Remarks, in the order of the measurement.

    Args:
        now: all that is known.
        bound: the limit that was judged by.
        costs: causes on a machine that is fast enough all the same.
        band: see `judge`; Missing says why there is none.
        passed: whether that is the verdict.
    """
    evidence = now.evidence
    found = [*_engine(now.benchmark, evidence), *_runs(evidence), *remarks.of(now.gpus, wanted=now.wants_gpu)]
    found += [f"may cost speed: {cause.what}; {cause.fix}" for cause in costs]
    found += [f"{cause.what}: {cause.fix}" for cause in table.hints(now)]
    found += _compared(now, band, passed=passed)
    if now.backend == "CPU" and evidence.bandwidth_gb_s is None and evidence.bandwidth_reason:
        found.append(f"memory bandwidth not measured: {evidence.bandwidth_reason}")
    elif bound.why_not and (now.backend != "CPU" or evidence.bandwidth_gb_s is not None):
        found.append(f"share of the memory bandwidth {bound.why_not}")
    elif bound.share is not None:
        found.append("the limit leaves out the KV cache, which is small at this depth")
    return tuple(found)


def _compared(now: Situation, band: Band | Missing, *, passed: bool) -> list[str]:
    """Below the band, but not so far that it is a verdict; and why there is no band on a machine with GPUs."""
    if isinstance(band, Missing):
        return [f"not compared with healthy machines: {band.reason}"] if now.wants_gpu and now.evidence.series else []
    runs = now.evidence.series[-1] if now.evidence.series else ()
    if passed and runs and median(runs) < band.low:
        return [f"slower than the {band.low:.0f} to {band.high:.0f} tok/s of healthy machines of this kind"]
    return []


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

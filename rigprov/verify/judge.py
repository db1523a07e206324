"""From evidence to a verdict. Pure."""

from dataclasses import replace
from statistics import median

from rigprov.model.missing import Missing
from rigprov.model.plan import PlannedBenchmark
from rigprov.model.proof import Band, Cause, Correctness, Proof, Soak
from rigprov.verify import notes
from rigprov.verify.causes import table
from rigprov.verify.causes.situation import Situation, situation
from rigprov.verify.evidence import Evidence
from rigprov.verify.finding import Finding, against_band, against_floor, broken, wrong_file, wrong_result
from rigprov.verify.gpu.links import links
from rigprov.verify.limit import Limit, expected, limit


def judge(
    host: str,
    benchmark: PlannedBenchmark,
    evidence: Evidence,
    *,
    band: Band | None = None,
    soak: Soak | None = None,
    correctness: Correctness | None = None,
) -> Proof:
    """The proof for one host.

    Args:
        host: its name.
        benchmark: what was planned.
        evidence: what came back.
        band: what healthy machines of this kind reach with this model; None: from the bandwidth that was found on the host.
        soak: the longer run; None: there was none.
        correctness: of the loaded model's numbers; None: not looked at.
    """
    now = situation(benchmark, evidence, soak)
    bound, healthy = _bound(now), band or _expected(now)
    finding = wrong_file(benchmark, evidence) or broken(evidence) or wrong_result(evidence, bound, correctness)
    causes: tuple[Cause, ...] = ()
    if finding is None:
        finding = _speed(now, healthy)
        causes = table.causes(now, slow=finding.verdict != "pass")
        finding = _with_causes(finding, causes)
    passed = finding.verdict == "pass"
    return replace(
        _figures(now, bound),
        host=host,
        verdict=finding.verdict,
        reason=finding.reason,
        fix=finding.fix,
        notes=notes.of(now, bound, causes if passed else (), healthy, passed=passed),
        causes=causes,
        band=None if isinstance(healthy, Missing) else healthy,
        soak=soak,
        correctness=correctness,
    )


def _figures(now: Situation, bound: Limit) -> Proof:
    """A proof with what was measured, still without a verdict."""
    evidence = now.evidence
    runs = evidence.series[-1] if evidence.series else ()
    middle = median(runs) if runs else None
    return Proof(
        host="",
        verdict="not measured",
        reason="",
        fix="",
        model=now.benchmark.model,
        model_sha256=evidence.sha256 or "",
        engine=evidence.engine,
        floor=now.benchmark.floor,
        runs=tuple(round(run, 2) for run in runs),
        median=round(middle, 2) if middle else None,
        minimum=round(min(runs), 2) if runs else None,
        maximum=round(max(runs), 2) if runs else None,
        spread=round((max(runs) - min(runs)) / middle, 4) if middle else None,
        prompt_tokens_per_s=evidence.prompt_tok_s,
        time_to_first_token_s=evidence.first_token_s,
        load_s=evidence.load_s,
        bytes_per_token=evidence.bytes_per_token,
        bandwidth_gb_s=evidence.bandwidth_gb_s if now.backend == "CPU" else bound.bandwidth_gb_s,
        bandwidth_share=bound.share,
        limit_tokens_per_s=bound.tokens_per_s,
        threads=evidence.threads,
        context=evidence.context,
        raw=evidence.raw,
        backend=now.backend if evidence.series else now.log.backend,
        layers_total=now.log.layers,
        layers_offloaded=now.log.offloaded,
        devices=now.devices,
        links=links(now.gpus),
        disk=now.disk,
        warnings=table.warnings(now),
    )


def _bound(now: Situation) -> Limit:
    """Against the memory that held the weights."""
    if now.backend == "CPU":
        return limit(now.evidence)
    if now.backend == "":
        return Limit(why_not="not known: nothing tells whether the GPU or the CPU computed")
    found = limit(now.evidence, now.benchmark, now.devices)
    if now.on_cpu_too and found.share is not None and not found.exceeded:
        return Limit(why_not="means nothing here: a part of the model is on the CPU", raw_tokens_per_s=found.raw_tokens_per_s)
    return found


def _expected(now: Situation) -> Band | Missing:
    """What healthy machines of this kind do; of GPUs that hold the model as it was planned."""
    if now.backend == "":
        return Missing("nothing tells whether the GPU or the CPU computed")
    if now.backend == "CPU" and now.wants_gpu:
        return Missing("the model was planned for a GPU, but the CPU computed it")
    devices = () if now.backend == "CPU" else now.devices
    return expected(now.benchmark, now.evidence, devices, links(now.gpus))


def _speed(now: Situation, band: Band | Missing) -> Finding:
    """Against the floor and the band. A model that was planned for a GPU never passes on the CPU, however small it is."""
    runs = now.evidence.series[-1]
    found = against_floor(runs, now.benchmark.floor)
    if now.wants_gpu and now.backend == "CPU":
        return Finding("slow", f"planned for a GPU, but the CPU computed it, at {median(runs):.1f} tok/s")
    if found.verdict == "pass" and now.backend not in ("", "CPU"):  # how near CPUs come to their bandwidth varies too much
        return against_band(median(runs), band) or found
    return found


def _with_causes(finding: Finding, found: tuple[Cause, ...]) -> Finding:
    """A verdict other than pass says why, and what to do."""
    if finding.verdict == "pass":
        return finding
    if not found:
        default = "nothing on the host explains it: plan a smaller model, or compare with another machine of this kind"
        return Finding(finding.verdict, finding.reason, finding.fix or default)
    reasons = "; ".join(cause.what for cause in found)
    return Finding(finding.verdict, f"{finding.reason}; {reasons}", "; ".join(cause.fix for cause in found))

"""From what came back from a host to its proof. Pure, but for the clock."""

from dataclasses import replace
from datetime import datetime

from rigprov.catalog.golden import golden
from rigprov.errors import RigprovError
from rigprov.facts.shell import ScriptResult
from rigprov.model.missing import Missing
from rigprov.model.plan import PlannedBenchmark
from rigprov.model.proof import Correctness, Proof
from rigprov.verify import correct, remarks
from rigprov.verify.evidence import Damaged, Evidence, read
from rigprov.verify.judge import judge
from rigprov.verify.script import NO_PYTHON
from rigprov.verify.soak import soak


def conclude(host: str, benchmark: PlannedBenchmark, result: ScriptResult | RigprovError) -> Proof | RigprovError:
    """Proof from what came back from one host; an error only where the host was not reached or refused us."""
    if isinstance(result, RigprovError):
        return result
    if result.rc == NO_PYTHON:
        return not_measured(host, benchmark, "there is no python3 on the host", "run `rigprov apply` first")
    try:
        evidence = read(result.stdout)
    except Damaged as error:
        last = (result.stderr.strip().splitlines() or [""])[-1]
        return not_measured(host, benchmark, f"{error}{f' ({last})' if last else ''}", "run the same command again")
    return proof_of(host, benchmark, evidence)


def proof_of(host: str, benchmark: PlannedBenchmark, evidence: Evidence) -> Proof:
    """The judge's proof, with what is not his business: when it was taken, and of which weights."""
    if evidence.synthetic_path:
        # Another file than planned was measured on purpose: the one that the host wrote.
        benchmark = replace(benchmark, path=evidence.synthetic_path, sha256=evidence.synthetic_sha256)
    found = _correctness(benchmark.model, evidence)
    checked = found if isinstance(found, Correctness) else None
    proof = judge(host, benchmark, evidence, soak=soak(evidence.soak), correctness=checked)
    unchecked = [f"correctness not checked: {found.reason}"] if isinstance(found, Missing) and evidence.series else []
    return replace(
        proof,
        taken=now(),
        weights=evidence.weights,
        notes=(*proof.notes, *remarks.of(evidence), *unchecked),
    )


def _correctness(model: str, evidence: Evidence) -> Correctness | Missing | None:
    """Of the synthetic file's log-probabilities, or why not; None for real weights, whose right numbers nobody has published."""
    if evidence.weights != "synthetic":
        return None
    known, found = golden(model), evidence.logits
    if known is None:
        return Missing(f"there are no reference log-probabilities for {model}")
    if known["sha256"] != evidence.synthetic_sha256:
        return Missing(f"the reference log-probabilities for {model} are of another file")
    return correct.judge(found, known) if found else Missing("the engine gave no log-probabilities")


def not_measured(host: str, benchmark: PlannedBenchmark | None, reason: str, fix: str) -> Proof:
    """A proof without a figure."""
    return Proof(
        host=host,
        verdict="not measured",
        reason=reason,
        fix=fix,
        model=benchmark.model if benchmark else "",
        model_sha256="",
        engine="",
        floor=benchmark.floor if benchmark else 0.0,
        taken=now(),
    )


def now() -> str:
    """The controller's time: ISO 8601 with zone, to the second."""
    return datetime.now().astimezone().isoformat(timespec="seconds")

"""From evidence to a verdict. Pure."""

from dataclasses import dataclass
from statistics import median

from rigprov.model.plan import PlannedBenchmark
from rigprov.model.proof import Proof, Verdict
from rigprov.verify import notes
from rigprov.verify.evidence import Evidence
from rigprov.verify.limit import Limit, limit
from rigprov.verify.planned_file import amiss

# Scatter, (max - min) / median, up to which a median near the floor is trusted. A healthy machine shows 0.5 to 4 % over
# runs of 128 tokens; one with a busy neighbour 9 to 26 %.
STEADY = 0.10


@dataclass(frozen=True)
class Finding:
    """A verdict with its reason and the way out, each a sentence without full stop."""

    verdict: Verdict
    reason: str
    fix: str = ""


def against_floor(runs: tuple[float, ...], floor: float) -> Finding:
    """Compares the runs of one series, tokens/s, with the floor."""
    low, middle, high = min(runs), median(runs), max(runs)
    spread = (high - low) / middle
    if low >= floor:
        return Finding("pass", f"all {len(runs)} runs reached the floor of {floor:g} tok/s")
    if high < floor:
        return Finding("slow", f"no run reached the floor of {floor:g} tok/s; the best was {high:.1f}")
    if spread > STEADY:
        said = f"the floor of {floor:g} tok/s lies between the slowest run ({low:.1f}) and the fastest ({high:.1f})"
        return Finding("unstable", said, "let the machine do nothing else and run `rigprov verify` again")
    side: Verdict = "pass" if middle >= floor else "slow"
    return Finding(side, f"the median of {len(runs)} steady runs is {middle:.1f} tok/s, the floor {floor:g}")


def sane(text: str | None) -> bool:
    """Whether decoded text is text: not empty, printable, and more than one thing over and over.

    Broken weights or a broken kernel give empty pieces, one token repeated, or bytes that are no UTF-8. This does not prove
    that the numbers are right.
    """
    shown = (text or "").strip()
    if not shown:
        return False
    good = sum((letter.isprintable() or letter.isspace()) and letter != "\ufffd" for letter in shown)
    return good >= 0.95 * len(shown) and len(set(shown)) >= 3  # noqa: PLR2004


def judge(host: str, benchmark: PlannedBenchmark, evidence: Evidence) -> Proof:
    """The proof for one host."""
    bound = limit(evidence)
    finding = _wrong_file(benchmark, evidence) or _broken(evidence) or _wrong_result(evidence, bound)
    runs = evidence.series[-1] if evidence.series else ()
    if finding is None:
        finding = against_floor(runs, benchmark.floor)
        if finding.verdict in ("slow", "unstable"):
            finding = _with_causes(finding, evidence)
    middle = median(runs) if runs else None
    return Proof(
        host=host,
        verdict=finding.verdict,
        reason=finding.reason,
        fix=finding.fix,
        model=benchmark.model,
        model_sha256=evidence.sha256 or "",
        engine=evidence.engine,
        floor=benchmark.floor,
        runs=tuple(round(run, 2) for run in runs),
        median=round(middle, 2) if middle else None,
        minimum=round(min(runs), 2) if runs else None,
        maximum=round(max(runs), 2) if runs else None,
        spread=round((max(runs) - min(runs)) / middle, 4) if middle else None,
        prompt_tokens_per_s=evidence.prompt_tok_s,
        time_to_first_token_s=evidence.first_token_s,
        load_s=evidence.load_s,
        bytes_per_token=evidence.bytes_per_token,
        bandwidth_gb_s=evidence.bandwidth_gb_s,
        bandwidth_share=bound.share,
        limit_tokens_per_s=bound.tokens_per_s,
        threads=evidence.threads,
        context=evidence.context,
        notes=notes.of(benchmark, evidence, bound),
        raw=evidence.raw,
    )


def _wrong_file(benchmark: PlannedBenchmark, evidence: Evidence) -> Finding | None:
    again = "run `rigprov apply` again: it puts the planned file in its place"
    if evidence.sha256 and evidence.sha256 != benchmark.sha256:
        said = f"{benchmark.path} is not the planned file: {amiss(benchmark, evidence)}"
        return Finding("wrong", said, f"move the file away and {again}")
    if evidence.model_reason and not (evidence.broken and evidence.broken.layer == "configuration"):
        return Finding("not measured", f"{benchmark.path}: {evidence.model_reason}", again)
    if evidence.loaded_path and evidence.loaded_path != benchmark.path:
        return Finding("wrong", f"the engine has loaded {evidence.loaded_path}, planned is {benchmark.path}", again)
    if evidence.loaded_file == "replaced":
        said = f"the engine still holds an older file that was replaced by {benchmark.path}"
        return Finding("wrong", said, "restart it with `rigprov-llm restart`")
    return None


def _broken(evidence: Evidence) -> Finding | None:
    if evidence.broken is None:
        return None if evidence.series else Finding("not measured", "the host sent no figures", "run `rigprov verify` again")
    words = {
        "configuration": "run `rigprov apply` first: it sets the engine up",
        "port": "stop that program, or give the engine another port with `--set llm_runtime.port=PORT` and apply",
        "engine": "read the engine's own words below, mend the cause, or run `rigprov apply` again",
        "request": "run `rigprov verify` again; if it stays, read the engine's own words below",
    }
    return Finding("not measured", evidence.broken.message, evidence.broken.fix or words.get(evidence.broken.layer, ""))


def _wrong_result(evidence: Evidence, bound: Limit) -> Finding | None:
    if evidence.weights != "synthetic" and not sane(evidence.sample):  # random weights give random text
        said = f"the model's output is not text: {(evidence.sample or '')[:60]!r}"
        return Finding("wrong", said, "check the memory (memtest86+), then run `rigprov apply` again")
    if bound.exceeded:
        said = f"{median(evidence.series[-1]):.1f} tok/s are more than memory can deliver ({bound.raw_tokens_per_s:.1f})"
        return Finding("wrong", said, "something was not measured right: run `rigprov verify` again and report both results")
    return None


def _with_causes(finding: Finding, evidence: Evidence) -> Finding:
    found = notes.causes(evidence)
    if not found:
        default = "nothing on the host explains it: plan a smaller model, or compare with another machine of this kind"
        return Finding(finding.verdict, finding.reason, finding.fix or default)
    reasons = "; ".join(cause.what for cause in found)
    return Finding(finding.verdict, f"{finding.reason}; {reasons}", "; ".join(cause.fix for cause in found))

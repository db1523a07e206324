"""The verdict on one measurement, step by step. Pure."""

from dataclasses import dataclass
from statistics import median

from rigprov.model.missing import Missing
from rigprov.model.plan import PlannedBenchmark
from rigprov.model.proof import Band, Correctness, Verdict
from rigprov.verify.evidence import Evidence
from rigprov.verify.limit import Limit
from rigprov.verify.planned_file import amiss

# Scatter, (max - min) / median, up to which a median near the floor is trusted. A healthy machine shows 0.5 to 4 % over
# runs of 128 tokens; one with a busy neighbour 9 to 26 %.
STEADY = 0.10
# Of the lower end of the band, which is already the slowest healthy machine; what is left is the scatter of a measurement.
_FAR_BELOW = 0.8


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
        return Finding("slow", f"no run reached the floor of {floor:g} tok/s; the best was {_below(high, floor)}")
    if spread > STEADY:
        said = f"the floor of {floor:g} tok/s lies between the slowest run ({low:.1f}) and the fastest ({high:.1f})"
        return Finding("unstable", said, "let the machine do nothing else and run `rigprov verify` again")
    side: Verdict = "pass" if middle >= floor else "slow"
    shown = f"{middle:.1f}" if side == "pass" else _below(middle, floor)
    return Finding(side, f"the median of {len(runs)} steady runs is {shown} tok/s, the floor {floor:g}")


def _below(speed: float, floor: float) -> str:
    """A speed below the floor, with as many digits as it takes to see that."""
    return next((text for digits in range(1, 6) if float(text := f"{speed:.{digits}f}") < floor), f"{speed!r}")


def against_band(middle: float, band: Band | Missing) -> Finding | None:
    """Slow although the floor is reached: far from what healthy machines of this kind do with this model.

    The floor of a tier holds for every machine that the tier allows; a mixture of experts at a third of its speed is above it.
    """
    if isinstance(band, Missing) or middle >= _FAR_BELOW * band.low:
        return None
    said = f"{middle:.1f} tok/s reach the floor, but healthy machines of this kind do {band.low:.0f} to {band.high:.0f}"
    return Finding("slow", said)


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


def wrong_file(benchmark: PlannedBenchmark, evidence: Evidence) -> Finding | None:
    """Another file than planned was measured, or none could be."""
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


def broken(evidence: Evidence) -> Finding | None:
    """Something kept the host from being measured."""
    if evidence.broken is None:
        return None if evidence.series else Finding("not measured", "the host sent no figures", "run `rigprov verify` again")
    words = {
        "configuration": "run `rigprov apply` first: it sets the engine up",
        "port": "stop that program, or give the engine another port with `--set llm_runtime.port=PORT` and apply",
        "engine": "read the engine's own words below, mend the cause, or run `rigprov apply` again",
        "request": "run `rigprov verify` again; if it stays, read the engine's own words below",
        "server": "read the server's own log, mend the cause, and run `rigprov verify` again",
    }
    return Finding("not measured", evidence.broken.message, evidence.broken.fix or words.get(evidence.broken.layer, ""))


def wrong_result(evidence: Evidence, bound: Limit, correctness: Correctness | None = None) -> Finding | None:
    """What came out cannot be right: the text, the numbers, or the speed."""
    if evidence.weights != "synthetic" and not sane(evidence.sample):  # random weights give random text
        said = f"the model's output is not text: {(evidence.sample or '')[:60]!r}"
        return Finding("wrong", said, "check the memory (memtest86+), then run `rigprov apply` again")
    if correctness is not None and not correctness.passed:
        said = f"the model computes wrong numbers: {correctness.why or 'they differ from those of a CPU'}"
        return Finding("wrong", said, "take back overclocking, check the memory, then run `rigprov apply` again")
    if bound.exceeded:
        said = f"{median(evidence.series[-1]):.1f} tok/s are more than memory can deliver ({bound.raw_tokens_per_s:.1f})"
        return Finding("wrong", said, "something was not measured right: run `rigprov verify` again and report both results")
    return None

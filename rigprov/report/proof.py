"""What was measured, for a person. Nothing is printed that was not measured."""

from collections.abc import Sequence

from rigprov.model.proof import Correctness, Proof, Since, Soak
from rigprov.report.devices import device_lines
from rigprov.report.disk import disk_text, load_text
from rigprov.report.words import moment, reason_alone, signed_percent, speed

_INDENT = "      "
_HASH = 16  # hexadecimal digits shown; all of them are in `--json`


def proofs_text(proofs: Sequence[Proof]) -> str:
    """One block a host."""
    width = max((len(proof.host) for proof in proofs), default=0)
    return "\n".join(proof_text(proof, width) for proof in proofs)


def proof_text(proof: Proof, width: int = 0) -> str:
    """Verdict, figures, causes, what was measured with what, remarks.

    Args:
        proof: of one host.
        width: of the column with the host's name.
    """
    # The words are those that people look for: "not measured: no GPU"
    verdict = proof.verdict if proof.median is not None else f"{proof.verdict}:"
    lines = [f"{proof.host:<{width}}  {verdict} {_headline(proof)}"]
    lines += [_INDENT + line for line in (*_measured(proof), *_causes(proof))]
    if what := _what(proof):
        lines.append(_INDENT + "; ".join(what))
    lines += [f"{_INDENT}note: {note}" if not note.startswith("  ") else _INDENT + note for note in proof.notes]
    return "\n".join(lines)


def synthetic(proof: Proof) -> str:
    """What synthetic weights mean; "" for others."""
    if proof.weights != "synthetic":
        return ""
    return f"SYNTHETIC WEIGHTS: random numbers in the shape of {proof.model}; the speed counts, what it writes means nothing"


def since_text(since: Since) -> str:
    """Difference to the last proof of the kind, and what changed meanwhile."""
    chance = ", within the scatter of the runs" if since.within_scatter else ""
    against = f"{signed_percent(since.change)} against {moment(since.taken)} ({since.median:.1f} tok/s){chance}"
    return f"{against}; since then: {', '.join(since.changes)}" if since.changes else against


def soak_text(soak: Soak) -> str:
    """First against last fifth of the longer run."""
    change = signed_percent(-soak.fall)
    return f"soak {soak.seconds:.0f} s, {soak.runs} runs: {soak.first:.1f} tok/s at first, {soak.last:.1f} at last ({change})"


def correctness_text(found: Correctness) -> str:
    """Against the CPU's log-probabilities."""
    kld = "not finite" if found.mean_kld is None else f"{found.mean_kld:.2g}"
    figures = [f"{found.positions} positions", f"mean KLD {kld}", f"same first choice {found.same_top * 100:.1f} %"]
    if found.repeated is not None:
        figures.append("a second pass gave the same numbers" if found.repeated else "a second pass gave OTHER numbers")
    why = f": {found.why}" if found.why else ""
    return f"correctness {'passed' if found.passed else 'FAILED'}{why} ({', '.join(figures)})"


def _headline(proof: Proof) -> str:
    mark = "with SYNTHETIC WEIGHTS" if proof.weights == "synthetic" else ""
    if proof.median is None:
        return f"{proof.reason}{f' ({mark})' if mark else ''}"
    floor = f"floor {proof.floor:g}" if proof.floor else "no floor"  # a server may be measured without one
    return f" {proof.median:.1f} tok/s decode {f'{mark} ' if mark else ''}({floor}{_band(proof)}{_limit(proof)})"


def _band(proof: Proof) -> str:
    return f"; healthy machines of this kind {speed(proof.band.low)}-{speed(proof.band.high)}" if proof.band else ""


def _limit(proof: Proof) -> str:
    """The physical limit; nothing where it was not measured or bounds nothing (a note says why)."""
    if proof.limit_tokens_per_s is None or proof.bandwidth_share is None or proof.bandwidth_gb_s is None:
        return f"; physical limit {speed(proof.band.limit)}" if proof.band else ""
    source = "" if proof.devices else "measured "  # a GPU's bandwidth is what its driver says
    of = f"{proof.bandwidth_share * 100:.0f} % of the {source}{proof.bandwidth_gb_s:.1f} GB/s"
    return f"; this machine's limit {proof.limit_tokens_per_s:.0f}: {of}"


def _measured(proof: Proof) -> list[str]:
    found = []
    if proof.median is not None:
        found += [said] if (said := synthetic(proof)) else []
        found.append(reason_alone(proof.reason, [cause.what for cause in proof.causes]))
    if proof.since is not None:
        found.append(since_text(proof.since))
    if figures := _figures(proof):
        found.append("; ".join(figures))
    if proof.disk is not None:
        found.append(disk_text(proof.disk))
    if proof.soak is not None:
        found.append(soak_text(proof.soak))
    if proof.correctness is not None:
        found.append(correctness_text(proof.correctness))
    return [*found, *device_lines(proof)]


def _causes(proof: Proof) -> list[str]:
    kinds = (("cause", proof.causes), ("warning", proof.warnings))
    return [f"{kind}: {one.what}{f'; fix: {one.fix}' if one.fix else ''}" for kind, found in kinds for one in found]


def _figures(proof: Proof) -> list[str]:
    found = []
    if proof.minimum is not None and proof.maximum is not None and proof.spread is not None:
        span = f"{proof.minimum:.1f}-{proof.maximum:.1f}"
        found.append(f"{len(proof.runs)} runs {span} tok/s, spread {proof.spread * 100:.1f} %")
    if proof.prompt_tokens_per_s is not None:
        found.append(f"prompt {proof.prompt_tokens_per_s:.0f} tok/s")
    if proof.time_to_first_token_s is not None:
        found.append(f"first token {proof.time_to_first_token_s:.2f} s")
    if said := load_text(proof):
        found.append(said)
    return found


def _what(proof: Proof) -> list[str]:
    found = [f"engine {proof.engine}{f' on {proof.backend}' if proof.backend else ''}"] if proof.engine else []
    if proof.threads is not None and proof.context is not None:
        found.append(f"{proof.threads} threads, context {proof.context}")
    if proof.model_sha256:
        found.append(f"model {proof.model}, sha256 {proof.model_sha256[:_HASH]}")
    return found

"""What was measured, for a person. Nothing is printed that was not measured."""

from collections.abc import Sequence

from rigprov.model.proof import Proof

_INDENT = "      "
_HASH = 16  # hexadecimal digits shown; all of them are in `--json`


def proofs_text(proofs: Sequence[Proof]) -> str:
    """One block a host."""
    width = max((len(proof.host) for proof in proofs), default=0)
    return "\n".join(proof_text(proof, width) for proof in proofs)


def proof_text(proof: Proof, width: int = 0) -> str:
    """Verdict, figures, what was measured with what, remarks.

    Args:
        proof: of one host.
        width: of the column with the host's name.
    """
    lines = [f"{proof.host:<{width}}  {proof.verdict}  {_headline(proof)}"]
    if proof.median is not None:
        lines.append(_INDENT + proof.reason)
        lines.append(_INDENT + "; ".join(_figures(proof)))
    if what := _what(proof):
        lines.append(_INDENT + "; ".join(what))
    lines += [f"{_INDENT}note: {note}" if not note.startswith("  ") else _INDENT + note for note in proof.notes]
    return "\n".join(lines)


def _headline(proof: Proof) -> str:
    if proof.median is None:
        return proof.reason
    return f"{proof.median:.1f} tok/s decode (floor {proof.floor:g}{_limit(proof)})"


def _limit(proof: Proof) -> str:
    """The physical limit; nothing where it was not measured or bounds nothing (a note says why)."""
    if proof.limit_tokens_per_s is None or proof.bandwidth_share is None or proof.bandwidth_gb_s is None:
        return ""
    of = f"{proof.bandwidth_share * 100:.0f} % of the measured {proof.bandwidth_gb_s:.1f} GB/s"
    return f"; this machine's limit {proof.limit_tokens_per_s:.0f}: {of}"


def _figures(proof: Proof) -> list[str]:
    found = []
    if proof.minimum is not None and proof.maximum is not None and proof.spread is not None:
        span = f"{proof.minimum:.1f}-{proof.maximum:.1f}"
        found.append(f"{len(proof.runs)} runs {span} tok/s, spread {proof.spread * 100:.1f} %")
    if proof.prompt_tokens_per_s is not None:
        found.append(f"prompt {proof.prompt_tokens_per_s:.0f} tok/s")
    if proof.time_to_first_token_s is not None:
        found.append(f"first token {proof.time_to_first_token_s:.2f} s")
    if proof.load_s is not None:
        found.append(f"loaded in {proof.load_s:.1f} s")
    return found


def _what(proof: Proof) -> list[str]:
    found = [f"engine {proof.engine}"] if proof.engine else []
    if proof.threads is not None and proof.context is not None:
        found.append(f"{proof.threads} threads, context {proof.context}")
    if proof.model_sha256:
        found.append(f"model {proof.model}, sha256 {proof.model_sha256[:_HASH]}")
    return found

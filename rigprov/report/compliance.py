"""What a compliance check found, for a person: failures first, each with evidence and fix."""

from rigprov.model.compliance import Answer, HostCompliance
from rigprov.report.words import sentence

_WORDS = {"fail": "failed", "error": "could not be asked", "waived": "waived", "skip": "did not apply", "pass": "passed"}


def compliance_text(found: HostCompliance) -> str:
    """One host."""
    lines = [f"{found.host}: {headline(found)}", ""]
    for answer in found.of("fail", "error"):
        lines += [*_failure(answer), ""]
    lines += [f"  waived  {one.control.id}  {one.control.title} ({one.note})" for one in found.of("waived")]
    lines += _skipped(found)
    lines += [f"  note: {note}" for note in found.notes]
    lines += [f"  {counts(found)}"]
    return "\n".join(lines) + "\n"


def headline(found: HostCompliance) -> str:
    """The verdict."""
    if found.compliant:
        return "compliant"
    failed = found.of("fail", "error")
    return f"not compliant, {len(failed)} to mend" if failed else "no control applies here"


def counts(found: HostCompliance) -> str:
    """How many ended how."""
    parts = [f"{number} {_WORDS[state]}" for state, number in found.counts().items()]
    return f"{len(found.answers)} controls: {', '.join(parts)}"


def _failure(answer: Answer) -> list[str]:
    known = answer.control
    indent = " " * 8
    word = "FAIL" if answer.state == "fail" else "ERROR"
    lines = [f"  {word:<6}{known.id}  {known.severity}, {known.role}: {sentence(known.title)}"]
    if answer.state == "fail":
        lines += [f"{indent}found:    {answer.found}", f"{indent}expected: {answer.expected}"]
    lines += [f"{indent}| {line}" for line in answer.output]
    if answer.note:
        lines.append(f"{indent}{answer.note}")
    return [*lines, f"{indent}why: {sentence(known.reason)}", f"{indent}fix: {known.fix}"]


def not_applied(found: HostCompliance) -> list[tuple[str, list[str]]]:
    """Why some do not apply, and which."""
    by_reason: dict[str, list[str]] = {}
    for answer in found.of("skip"):
        by_reason.setdefault(answer.note, []).append(answer.control.id)
    return [(reason, sorted(ids)) for reason, ids in sorted(by_reason.items())]


def _skipped(found: HostCompliance) -> list[str]:
    """One line for all that do not apply for the same reason."""
    return [f"  does not apply: {reason}: {', '.join(ids)}" for reason, ids in not_applied(found)]

"""What a report says of a compliance check, as plain JSON types. Pure."""

from typing import Any

from rigprov.model.compliance import Answer, Checked
from rigprov.report.compliance import counts, headline, not_applied


def compliance(checked: Checked, age_s: float | None) -> dict[str, Any]:
    """The newest check of a host: failures whole, what was waived, and why others did not apply.

    Args:
        checked: as it was kept.
        age_s: seconds since it was made; None: not known.
    """
    found = checked.compliance
    return {
        "taken": checked.taken,
        "age_s": age_s,
        "tier": checked.tier,
        "compliant": found.compliant,
        "headline": headline(found),
        "said": counts(found),
        "counts": dict(found.counts()),
        "failed": [_failed(answer) for answer in found.of("fail", "error")],
        "waived": [{"id": one.control.id, "title": one.control.title, "note": one.note} for one in found.of("waived")],
        "not_applied": [{"reason": reason, "ids": list(ids)} for reason, ids in not_applied(found)],
        "notes": list(found.notes),
    }


def _failed(answer: Answer) -> dict[str, Any]:
    known = answer.control
    return {
        "id": known.id,
        "state": answer.state,
        "severity": known.severity,
        "role": known.role,
        "title": known.title,
        "found": answer.found,
        "expected": answer.expected,
        "output": list(answer.output),
        "note": answer.note,
        "reason": known.reason,
        "fix": known.fix,
    }

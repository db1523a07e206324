"""What the ledger says of a host, for a person."""

from collections.abc import Iterable, Mapping

from rigprov.model.ledger import Drift, Verdict
from rigprov.report.words import moment

_STATES = {"drifted": "drifted", "changed": "changed", "unknown": "not known"}


def ledger_text(host: str, verdicts: Mapping[str, Verdict]) -> str:
    """One line where all roles hold; else each role that does not, with what is expected, what was found, and since when.

    What is said of several roles alike is said once.
    """
    others = [verdict for verdict in verdicts.values() if verdict.state != "holds"]
    if not others:
        return f"{host}: no drift: {_roles(len(verdicts))} as the last run left {_them(verdicts)} ({_last(verdicts.values())})"
    lines = [f"{host}: {len(others)} of {_roles(len(verdicts))} not as the last run left {_them(verdicts)}"]
    for (state, reason, applied, _), roles in _alike(others).items():
        when = f"; applied {applied}" if applied else ""
        lines.append(f"  {', '.join(roles)}: {_STATES[state]}: {reason}{when}")
        lines += [f"    {drift_line(each)}" for role in roles for each in verdicts[role].drift]
    return "\n".join(lines)


def drift_line(drift: Drift) -> str:
    """What, expected, found."""
    field = f": {drift.field}" if drift.field else ""
    return f"{drift.what}{field}: expected {drift.expected}, found {drift.found}"


def _alike(verdicts: Iterable[Verdict]) -> dict[tuple[str, str, str, str], list[str]]:
    """Roles by what is said of them; one with drift is alone."""
    found: dict[tuple[str, str, str, str], list[str]] = {}
    for verdict in verdicts:
        own = verdict.role if verdict.drift else ""
        found.setdefault((verdict.state, verdict.reason, moment(verdict.applied), own), []).append(verdict.role)
    return found


def _last(verdicts: Iterable[Verdict]) -> str:
    return moment(max((verdict.applied for verdict in verdicts), default=""))


def _roles(count: int) -> str:
    return "1 role is" if count == 1 else f"{count} roles are"


def _them(verdicts: Mapping[str, Verdict]) -> str:
    return "it" if len(verdicts) == 1 else "them"

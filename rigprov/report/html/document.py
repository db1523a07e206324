"""What a report says, as plain JSON types: `--json` prints it, and the page shows nothing else. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from rigprov import __version__
from rigprov.history.difference import comparable
from rigprov.model.compliance import Checked
from rigprov.model.fleet import Row
from rigprov.model.record import Record
from rigprov.report.disk import disk_names, load_source
from rigprov.report.html.compliance import compliance
from rigprov.report.json import plain

_NONE: Mapping[str, Checked] = MappingProxyType({})


def document(
    records: Mapping[str, Sequence[Record]],
    made: datetime,
    *,
    checks: Mapping[str, Checked] = _NONE,
    run: Sequence[Row] = (),
) -> dict[str, Any]:
    """Everything that is shown of some hosts.

    Args:
        records: host -> its proofs, newest first; at least one each.
        made: now, with zone.
        checks: host -> its newest compliance check, where there is one.
        run: each host's end in the run of `apply` that the report is about; none: it is about the proofs alone.
    """
    return {
        "rigprov_version": __version__,
        "made": made.astimezone(UTC).isoformat(timespec="seconds"),
        "run": plain(tuple(run)),
        "hosts": [_host(list(found), made, checks.get(host)) for host, found in records.items()],
    }


def at(content: Any, pointer: str) -> Any:
    """The value that a JSON pointer (RFC 6901) names.

    Raises:
        LookupError: there is none.
    """
    for word in pointer.split("/")[1:]:
        key = word.replace("~1", "/").replace("~0", "~")
        content = content[int(key)] if isinstance(content, list) else content[key]
    return content


def _host(records: list[Record], made: datetime, checked: Checked | None) -> dict[str, Any]:
    newest = records[0]
    proof: Any = plain(replace(newest.proof, raw={}))
    del proof["raw"]
    if newest.proof.soak is not None:
        proof["soak"]["fall"] = newest.proof.soak.fall
    if newest.proof.disk is not None:
        proof["disk"] |= {"on": disk_names(newest.proof.disk), "load_from": load_source(newest.proof.disk)}
    return {
        "host": newest.proof.host,
        "age_s": _age_s(newest.proof.taken, made),
        "command": newest.command,
        "proof": proof,
        "machine": plain(newest.machine),
        "plan": plain(newest.plan),
        "changed": plain(newest.changed),
        "no_samples": newest.no_samples,
        "compliance": compliance(checked, _age_s(checked.taken, made)) if checked else None,
        "history": [_past(record, newest) for record in records],
    }


def _past(record: Record, newest: Record) -> dict[str, Any]:
    """One line of the history."""
    proof = record.proof
    return {
        "taken": proof.taken,
        "command": record.command,
        "verdict": proof.verdict,
        "model": proof.model,
        "weights": proof.weights,
        "engine": proof.engine,
        "median": proof.median,
        "floor": proof.floor,
        "driver": record.machine.driver,
        "kernel": record.machine.kernel,
        "comparable": record is newest or comparable(newest.proof, proof),
    }


def _age_s(taken: str, made: datetime) -> float | None:
    """None where the time stamp is none, or lies in the future (the clock was set)."""
    try:
        age = (made - datetime.fromisoformat(taken)).total_seconds()
    except (ValueError, TypeError):
        return None
    return round(age) if age >= 0 else None

"""Whether what earlier runs left on a host holds. Pure."""

import json
from collections.abc import Mapping
from typing import Any

from rigprov.ledger.difference import drift_of
from rigprov.ledger.stamp import Stamp
from rigprov.model.ledger import Drift, Verdict
from rigprov.model.missing import Missing

_SHOWN = 3  # names of values
WHOLE = ""  # in place of a role's name: the directory itself is not believed


def judge(told: str | Missing, stamps: Mapping[str, Stamp]) -> dict[str, Verdict]:
    """One verdict for each role that would run.

    Args:
        told: the probe's section `ledger`.
        stamps: of this run, see `rigprov.ledger.stamp`.
    """
    if isinstance(told, Missing):
        return _all(stamps, f"the ledger cannot be checked: {told.reason}")
    answer = _parsed(told)
    roles = answer.get("roles")
    if not isinstance(roles, Mapping):
        return _all(stamps, "the ledger cannot be checked: the host's answer makes no sense")
    if isinstance(whole := roles.get(WHOLE), Mapping):
        return _all(stamps, f"the ledger is not believed: {whole.get('refused')}")
    return {role: _role(role, roles.get(role), stamp, answer.get("machine")) for role, stamp in stamps.items()}


def lock_of(told: str | Missing) -> tuple[str, str]:
    """Who works on the host just now, and the token of that run; two empty texts for nobody."""
    lock = {} if isinstance(told, Missing) else _parsed(told).get("lock")
    return (str(lock["held"]), str(lock.get("run", ""))) if isinstance(lock, Mapping) and lock.get("held") else ("", "")


def _parsed(told: str) -> Mapping[str, Any]:
    try:
        found = json.loads(told)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, Mapping) else {}


def _all(stamps: Mapping[str, Stamp], reason: str) -> dict[str, Verdict]:
    return {role: Verdict(role, "unknown", reason) for role in stamps}


def _role(role: str, noted: object, stamp: Stamp, machine: object) -> Verdict:
    if not isinstance(noted, Mapping):
        return Verdict(role, "unknown", "nothing is noted of it")
    if "refused" in noted:
        return Verdict(role, "unknown", f"the ledger is not believed: {noted['refused']}")
    try:
        return _entry(role, noted["entry"], noted["found"], stamp, machine)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        return Verdict(role, "unknown", f"the ledger is not believed: its entry is damaged ({type(error).__name__}: {error})")


def _entry(role: str, entry: Mapping[str, Any], found: list[Mapping[str, Any]], stamp: Stamp, machine: object) -> Verdict:
    if entry["role"] != role:
        return Verdict(role, "unknown", f"the ledger is not believed: its entry is of role {entry['role']}")
    if not machine or entry["machine_id"] != machine:  # it came with a copied disk
        return Verdict(
            role, "unknown", "the ledger is not believed: it was written on another machine, from which this one was copied"
        )
    applied = str(entry["applied"])
    drift = _drift(entry["things"], found)
    if reason := _other(entry["stamp"], stamp):
        return Verdict(role, "changed", reason, applied, drift)
    if drift:
        return Verdict(role, "drifted", "what it left is not as it was", applied, drift)
    return Verdict(role, "holds", applied=applied)


def _drift(things: list[Mapping[str, Any]], found: list[Mapping[str, Any]]) -> tuple[Drift, ...]:
    return tuple(each for thing, now in zip(things, found, strict=True) for each in drift_of(thing, now))


def _other(noted: Stamp, wanted: Stamp) -> str:
    """What differs between the run that left the entry and this one; "" where nothing does."""
    if noted["rigprov"] != wanted["rigprov"]:
        return f"it was applied by rigprov {noted['rigprov']}, this one is {wanted['rigprov']}"
    if noted["content"] != wanted["content"]:
        return "the role itself is another one now"
    was, now = (dict(stamp["values"]) for stamp in (noted, wanted))  # type: ignore[call-overload]  # pairs, or a TypeError
    names = [name for name in sorted({*was, *now}) if was.get(name) != now.get(name)]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"other values are wanted: {', '.join(names[:_SHOWN])}{more}" if names else ""

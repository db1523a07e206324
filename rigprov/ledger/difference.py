"""The differences between a noted state and the present one, in words. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rigprov.model.ledger import Drift

_DIGITS = 12  # of a hash
_NS = 1_000_000_000
# in words; other fields of a state are their own words
_FIELDS = (
    ("sha256", "content"),
    ("changed_ns", "last change"),
    ("to", "target"),
    ("kib", "size"),
    ("bytes", "size"),
    ("gid", "number"),
)
_TITLES = {
    "path": "{is} {name}",
    "big": "{is} {name}",
    "tree": "files below {name}",
    "block": "rigprov's lines in {name}",
    "package": "package {name}",
    "unit": "unit {name}",
    "lock": "program that locks {name}",
    "sysctl": "kernel setting {name}",
    "mount": "mount {name}",
    "swap": "swap {name}",
    "user": "user {name}",
    "group": "group {name}",
    "member": "member {name}",
}


def drift_of(thing: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[Drift, ...]:
    """What of one thing is not as it was noted; () where all is."""
    was: Mapping[str, Any] = thing["state"]
    what = _TITLES[thing["kind"]].format(name=thing["name"], **{"is": _kind(was, now)})
    if "unknown" in now:
        return (Drift(what, "", "as noted", f"cannot be read: {now['unknown']}"),)
    if was.get("is") != now.get("is"):
        return (Drift(what, "", was.get("is", "present"), now.get("is", "present")),)
    keys = [key for key in {**was, **now} if was.get(key) != now.get(key)]
    return tuple(Drift(what, dict(_FIELDS).get(key, key), _word(key, was.get(key)), _word(key, now.get(key))) for key in keys)


def _kind(was: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    return next((str(state["is"]) for state in (was, now) if state.get("is") not in (None, "absent")), "file")


def _word(key: str, value: object) -> str:
    match key, value:
        case _, None | "" | []:
            return "none"
        case _, bool():
            return "yes" if value else "no"
        case "sha256", _:
            return f"sha256 {str(value)[:_DIGITS]}"
        case "changed_ns", int():
            return datetime.fromtimestamp(value / _NS, UTC).isoformat(timespec="milliseconds")
        case _, list():
            return ", ".join(map(str, value))
    return str(value)

"""Who uses which package repository, what was moved aside for it, and the pins of a role; reads only.

Runs on the host (Python 3.8 or later, nothing but the standard library). Wants come as JSON on stdin, the findings go to
stdout as JSON; the tasks carry them out. The last role that uses a repository takes it along when it goes, and only then
what was moved aside for it comes back: beside the repository it would stop apt.
"""

import json
import re
import sys
from pathlib import Path

MAIN, SOURCES = "/etc/apt/sources.list", "/etc/apt/sources.list.d"
KEYRINGS, PREFERENCES = "/etc/apt/keyrings", "/etc/apt/preferences.d"
MARK = "Managed by rigprov, role"
ASIDE = ".rigprov-disabled"


class RefusedError(Exception):
    """Something stands in the way; the message names the way out."""


def read(path):
    """Text of a file, empty where there is none."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def moves(wants, record):
    """Sources that are to be moved aside; RefusedError for one that isn't there or isn't a source."""
    due = []
    for path in wants["replace_sources"]:
        where = f"{wants['user']}_replace_sources names {path}"
        if not re.fullmatch(re.escape(SOURCES) + r"/[^/]+\.(list|sources)", path) or MARK in read(path)[:300]:
            raise RefusedError(f"{where}; only the .list and .sources files of others in {SOURCES} can be moved aside.")
        if Path(path).exists() and Path(path + ASIDE).exists():
            raise RefusedError(f"{where}, and {path}{ASIDE} is there as well. Remove one of the two and run again.")
        if Path(path).exists():
            due.append(path)
        elif path not in record["moved"] and not Path(path + ASIDE).exists():
            raise RefusedError(f"{where}, which is not there.")
    return due


def pins(wants):
    """The role's file of preferences: an apt record for each pin, in the order given, since the first one that fits counts."""
    path = f"{PREFERENCES}/rigprov-{wants['user']}"
    mine = MARK in read(path)[:300]
    if Path(path).exists() and not mine and wants["pins"]:
        raise RefusedError(f"{path} is there and did not come from rigprov. Remove or rename it and run again.")
    text = ""
    for pin in wants["pins"]:
        values = [str(pin.get(key, "")) for key in ("package", "pin", "priority")]
        if set(pin) != {"package", "pin", "priority"} or not all(values) or not re.fullmatch(r"-?[1-9]\d*", values[2]):
            raise RefusedError(f"{wants['user']}_pins: each has a package, a pin and a priority other than 0; check {pin}.")
        package, where, priority = (" ".join(value.split()) for value in values)
        text += f"Explanation: {MARK} {wants['user']}.\nPackage: {package}\nPin: {where}\nPin-Priority: {priority}\n\n"
    return {"path": path, "text": text, "write": bool(text) and read(path) != text, "remove": mine and not text}


def marked(record, wants):
    """The record with the role's mark on the repository that it wants."""
    user, name = wants["user"], wants["name"]
    repositories = {key: dict(value) for key, value in record["repositories"].items()}
    if name:
        known = repositories.setdefault(name, {"users": []})
        known["users"] = sorted({*known["users"], user})
    owner = name or f"role {user}"
    return {
        "repositories": repositories,
        "moved": {**record["moved"], **{path: owner for path in wants["replace_sources"] if path not in record["moved"]}},
    }


def released(record, wants):
    """The record without the role's marks on other repositories, and what goes or comes back with the last mark."""
    user, name = wants["user"], wants["name"]
    kept, gone = {}, []
    for key, known in record["repositories"].items():
        users = [other for other in known["users"] if other != user or key == name]
        if users:
            kept[key] = {**known, "users": users}
        else:
            gone.append(key)
    back = [path for path, owner in record["moved"].items() if owner in gone or (wants["rollback"] and owner == f"role {user}")]
    moved = {path: owner for path, owner in record["moved"].items() if path not in back}
    return {"repositories": kept, "moved": moved}, gone, back


def files_of(name):
    """What a repository has on the host, but for a key that an entry of somebody else's refers to."""
    source, key = f"{SOURCES}/rigprov-{name}.sources", f"{KEYRINGS}/rigprov-{name}.asc"
    others = [Path(MAIN), *Path(SOURCES).glob("*.list"), *Path(SOURCES).glob("*.sources")]
    used = any(key in read(other) for other in others if str(other) != source)
    files = [source] if MARK in read(source)[:300] else []
    return files + ([key] if Path(key).exists() and not used else [])


def books(wants):
    """Everything the tasks need to know."""
    record = {"repositories": {}, "moved": {}, **json.loads(read(wants["record"]) or "{}")}
    before = record if wants["rollback"] else marked(record, wants)
    after, gone, back = released(before, wants)
    return {
        "move": [] if wants["rollback"] else moves(wants, record),
        "pins": pins(wants),
        "record": before,
        "record_changed": before != record,
        "after": after if any(after.values()) else {},
        "after_changed": after != before,
        "remove": [file for name in gone for file in files_of(name)],
        "restore": [path for path in back if Path(path + ASIDE).exists() and not Path(path).exists()],
        "directories": [path for path in wants["directories"] if Path(path).is_dir()],
    }


if __name__ == "__main__":
    try:
        findings = books(json.load(sys.stdin))
    except RefusedError as reason:
        findings = {"refused": str(reason)}
    json.dump(findings, sys.stdout)

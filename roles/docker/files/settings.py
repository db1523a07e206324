"""Work out what Docker's and containerd's configuration files become; reads only.

Runs on the host (Python 3.8 or later, nothing but the standard library). Wants come as JSON on stdin, the findings go to
stdout as JSON; the tasks write the files.

What the role wrote is recorded apart from what was there before. Each run takes the earlier writing back in memory and adds
the present wants: a user's own settings survive, a changed want replaces the old one, rollback is the first half alone.
"""

import json
import re
import sys
from pathlib import Path

DATA_ROOT, CONTAINERD_ROOT = "/var/lib/docker", "/var/lib/containerd"
ROTATING = ("json-file", "local")  # log drivers that take max-size and max-file
TABLE = re.compile(r"^\s*\[{1,2}[\w\s.\"'-]+\]{1,2}\s*(#.*)?$")
ROOT_LINE = re.compile(r"^\s*root\s*=\s*[\"'](?P<root>[^\"']*)[\"']")


class RefusedError(Exception):
    """Something on the host stands in the way; the message names the way out."""


def parse_daemon_json(text, path="/etc/docker/daemon.json"):
    """Settings of a daemon.json; RefusedError with line and column where it is not one JSON object."""
    if not text.strip():
        return {}
    try:
        settings = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise RefusedError(f"{path} is not valid JSON: {where}: {error.msg}. Mend the file and run again.") from None
    if not isinstance(settings, dict):
        kind = type(settings).__name__
        raise RefusedError(f"{path} is not a JSON object: line 1 begins a {kind}. Mend the file and run again.")
    return settings


def undo(current, before, written):
    """Settings without what the role wrote earlier; what was changed since then stays."""
    result = dict(current)
    for key, ours in written.items():
        if key not in result:
            continue
        if result[key] == ours:
            if key in before:
                result[key] = before[key]
            else:
                del result[key]
        elif isinstance(result[key], dict) and isinstance(ours, dict):
            result[key] = undo(result[key], before.get(key, {}), ours)
    return result


def difference(old, new):
    """What `new` adds to or changes in `old`, leaf by leaf: the replaced values and the new ones."""
    before, written = {}, {}
    for key, value in new.items():
        if key not in old:
            written[key] = value
        elif isinstance(value, dict) and isinstance(old[key], dict):
            inner_before, inner_written = difference(old[key], value)
            before.update({key: inner_before} if inner_before else {})
            written.update({key: inner_written} if inner_written else {})
        elif value != old[key]:
            before[key], written[key] = old[key], value
    return before, written


def overlay(base, extra):
    """Both together; `extra` wins, dictionaries are joined."""
    result = dict(base)
    for key, value in extra.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = overlay(result[key], value) if both else value
    return result


def wanted_settings(own, wants):
    """The daemon's settings: the user's own ones, completed by log rotation, data root and the options asked for."""
    if "keys" in wants:  # another role's: they only fill in what the file leaves open
        return overlay(wants["keys"], own)
    result = overlay(own, wants["options"])
    driver = result.get("log-driver", "json-file")
    if driver in ROTATING:
        result["log-driver"] = driver
        result["log-opts"] = overlay(wants["log_opts"], result.get("log-opts", {}))
    if wants["data_root"] != DATA_ROOT:
        result["data-root"] = wants["data_root"]
    return result


def top_level(lines):
    """How many lines of a TOML file come before its first table."""
    return next((number for number, line in enumerate(lines) if TABLE.match(line)), len(lines))


def containerd_root(text):
    """Top-level `root` of containerd's configuration; None where it is not set."""
    lines = text.splitlines()
    found = (ROOT_LINE.match(line) for line in lines[: top_level(lines)])
    return next((match["root"] for match in found if match), None)


def with_containerd_root(text, root):
    """The configuration with another top-level `root`, or without one (None); all else stays as it is."""
    lines = text.splitlines()
    head = top_level(lines)
    kept = [line for line in lines[:head] if not ROOT_LINE.match(line)]
    place = next((n for n, line in enumerate(lines[:head]) if ROOT_LINE.match(line)), len(kept))
    if root is not None:
        kept.insert(place, f'root = "{root}"')
    return "".join(line + "\n" for line in kept + lines[head:])


def refuse_to_hide(what, old, new, places):
    """Refuse to point Docker at an empty directory while the old one holds images, containers or volumes."""
    for place in places if old != new else ():
        found = next((entry for entry in Path(old).glob(place) if entry.name not in ("metadata.db", "backingFsBlockDev")), None)
        if found:
            raise RefusedError(
                f"{what} is {old} and holds data ({found.name[:40]} …), which would be out of sight in {new}. "
                f"Keep {old}, or stop Docker, copy the data and set the new directory yourself before the next run."
            )


def read(path):
    """Text of a file, empty where there is none; a byte order mark is dropped."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        line = Path(path).read_bytes()[: error.start].count(b"\n") + 1
        raise RefusedError(f"{path} is not UTF-8 text: line {line}. Mend the file and run again.") from None


def survey_daemon(wants, record):
    """What daemon.json becomes, and the record of it."""
    path, rollback = Path("/etc/docker/daemon.json"), wants["rollback"]
    current = parse_daemon_json(read(path))
    own = undo(current, record.get("before", {}), record.get("written", {}))
    target = own if rollback else wanted_settings(own, wants)
    before, written = difference(own, target)
    if not rollback:
        places = ("containers/*", "volumes/*", "image/*/imagedb/content/sha256/*")
        refuse_to_hide("Docker's data root", current.get("data-root", DATA_ROOT), target.get("data-root", DATA_ROOT), places)
    created = record.get("created", not path.exists())
    mode = f"{path.stat().st_mode & 0o7777:04o}" if path.exists() else "0640"  # may hold a proxy's password
    return {
        "changed": target != current,
        "unmet": [] if rollback else sorted(difference(target, overlay(target, wants.get("keys", {})))[1]),
        "text": json.dumps(target, indent=2, ensure_ascii=False) + "\n",
        "remove": rollback and created and not target and path.exists(),
        "mode": mode,
        "exists": path.exists(),
        "backup": path.exists() and not created and not Path(wants["backup"]).exists(),
        "record": {"before": before, "written": written, "created": created},
    }


def survey_containerd(wants, record):
    """What containerd's config.toml becomes, and the record of it."""
    path, rollback = Path("/etc/containerd/config.toml"), wants["rollback"]
    text = read(path)
    current = containerd_root(text)
    own = record.get("before") if record and current == record.get("written") else current
    asked = not rollback and wants["containerd_root"] != CONTAINERD_ROOT
    target = wants["containerd_root"] if asked else own
    if asked:
        refuse_to_hide(
            "containerd's root", current or CONTAINERD_ROOT, target, ("io.containerd.content.v1.content/blobs/sha256/*",)
        )
    created = record.get("created", not path.exists())
    # The package's own file, which ours takes the place of, switches the Kubernetes interface off as well.
    start = text if path.exists() else 'disabled_plugins = ["cri"]\n'
    return {
        "changed": target != current,
        "text": with_containerd_root(start, target),
        "remove": rollback and created and path.exists(),
        "record": {"before": own, "written": target, "created": created} if target != own else {},
    }


def settings(wants):
    """The files and their record."""
    record = json.loads(read(wants["record"]) or "{}")
    found = {"daemon": survey_daemon(wants, record.get("daemon", {}))}
    if "keys" not in wants:  # another role's keys are the daemon's alone
        found["containerd"] = survey_containerd(wants, record.get("containerd", {}))
    new = {name: file.pop("record") for name, file in found.items()}
    return {**found, "record": new, "record_changed": new != record}


if __name__ == "__main__":
    try:
        json.dump(settings(json.load(sys.stdin)), sys.stdout)
    except RefusedError as reason:
        json.dump({"refused": str(reason)}, sys.stdout)

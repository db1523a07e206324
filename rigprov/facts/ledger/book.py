"""The ledger's files: one for each role, read and written on hosts only. Runs there, like `paths`."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

from rigprov.facts.ledger.states import observe

FOLDER = "/var/lib/rigprov/ledger"
FORMAT = 1
_LARGEST = 4 << 20
_ROOT = 0
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def check(folder: str) -> dict[str, Any]:
    """Each role's entry as it was written, and the present state of all that it lists; or why it is not believed."""
    if not Path(folder).is_dir():
        return {}
    if why := distrust(folder, stat.S_IFDIR):
        return {"": {"refused": f"{folder} {why}"}}
    return _checked(sorted(Path(folder).glob("*.json")))


def _checked(paths: list[Path]) -> dict[str, Any]:
    """The present state of all roles' things at once: of packages and units one program tells, however many there are."""
    read = {path.stem: _entry(path) for path in paths}
    whole = [each for each in read.values() if "entry" in each]
    found = iter(observe([thing for each in whole for thing in each["entry"]["things"]]))
    for each in whole:
        each["found"] = [next(found) for _ in each["entry"]["things"]]
    return read


def _entry(path: Path) -> dict[str, Any]:
    if why := distrust(str(path), stat.S_IFREG):
        return {"refused": f"{path} {why}"}
    try:
        entry = json.loads(path.read_bytes())
        if entry["format"] != FORMAT:
            return {"refused": f"{path} is of a newer rigprov (format {int(entry['format'])}, this one knows {FORMAT})"}
        if not isinstance(entry["things"], list):
            return {"refused": f"{path} is damaged (its things are no list)"}
        odd = [thing for thing in entry["things"] if not _is_thing(thing)]  # it would spoil what is said of the other roles
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        return {"refused": f"{path} is damaged ({type(error).__name__}: {error})"}
    return {"refused": f"{path} is damaged ({odd[0]})"} if odd else {"entry": entry}


def _is_thing(thing: dict[str, Any]) -> bool:
    return all(isinstance(thing[key], str) for key in ("kind", "name", *(["marker"] if thing["kind"] == "block" else [])))


def believed(folder: str, role: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Things that a role left, each with its present state; none where its entry is not believed, or is of another machine."""
    path = Path(folder, f"{role}.json")
    if not path.exists() or distrust(folder, stat.S_IFDIR):
        return []
    found = _checked([path])[role]
    if "refused" in found or found["entry"].get("machine_id") != identity() or found["entry"].get("role") != role:
        return []
    return list(zip(found["entry"]["things"], found["found"]))


def distrust(path: str, kind: int) -> str:
    """Why what lies at `path` is not believed; "" where it is. Only root may have written it."""
    found = os.lstat(path)
    if stat.S_IFMT(found.st_mode) != kind:
        return "is a link or something else that was not written by rigprov"
    if found.st_uid != _ROOT:
        return f"belongs to user {found.st_uid} instead of root"
    if found.st_mode & _OTHERS_WRITE:
        return f"can be written by others than root (mode {stat.S_IMODE(found.st_mode):04o})"
    if kind == stat.S_IFREG and found.st_size > _LARGEST:
        return f"is larger than {_LARGEST >> 20} MiB"
    return ""


def note(folder: str, entry: dict[str, Any], touched: list[dict[str, Any]]) -> str:
    """Write a role's entry, with the present state of its things.

    Args:
        folder: of the ledger; made where it is not there.
        entry: everything but the states; `things` lists kind and name (and the marker of a block).
        touched: what modules wrote in this role's name without being listed; where it is still there, nothing is noted.

    Returns:
        Why nothing was written; "" where it was.
    """
    states = observe([*entry["things"], *touched])
    found, rest = states[: len(entry["things"])], states[len(entry["things"]) :]
    escaped = [thing["name"] for thing, state in zip(touched, rest) if not _gone(state)]
    unread = [
        f"{thing['name']} cannot be read: {state['unknown']}"
        for thing, state in zip(entry["things"], found)
        if "unknown" in state
    ]
    if escaped:
        return f"it wrote {', '.join(escaped)} without declaring it"
    if unread:
        return f"the state of {unread[0]}"
    machine = identity()
    if not machine:
        return "the machine has neither /etc/machine-id nor a boot id"
    things = [dict(thing, state=state) for thing, state in zip(entry["things"], found)]
    Path(folder).mkdir(mode=0o755, parents=True, exist_ok=True)
    if why := distrust(folder, stat.S_IFDIR):
        return f"{folder} {why}"
    write(Path(folder), dict(entry, machine_id=machine, things=things))
    _renew(Path(folder), entry["role"], things)
    return ""


def _gone(state: dict[str, Any]) -> bool:
    return state.get("is") == "absent" or state.get("version") == "not installed" or state.get("enabled") == "not-found"


def _renew(folder: Path, role: str, things: list[dict[str, Any]]) -> None:
    """What this run changed of things that other roles list as well is not drift: their entries follow.

    Packages follow too where this role does not list them: installing one may bring newer versions of others along.
    """
    for path in sorted(folder.glob("*.json")):
        if path.stem == role or distrust(str(path), stat.S_IFREG):
            continue
        try:
            other = json.loads(path.read_bytes())
            shared = {(thing["kind"], thing["name"]): thing["state"] for thing in things}
            packages = [thing for thing in other["things"] if thing["kind"] == "package"]
            shared.update({(each["kind"], each["name"]): state for each, state in zip(packages, observe(packages))})
            after = [dict(each, state=shared.get((each["kind"], each["name"]), each["state"])) for each in other["things"]]
        except (ValueError, KeyError, TypeError, RecursionError):
            continue  # the next check says that it is damaged
        if after != other["things"]:
            write(folder, dict(other, things=after))


def forget(folder: str, roles: list[str]) -> None:
    """Remove the entries of roles that are about to run: a run that is cut off must not leave an old one behind."""
    gone = [path for path in (Path(folder, f"{role}.json") for role in roles) if path.exists() or path.is_symlink()]
    for path in gone:
        path.unlink()
    if gone:
        _sync(Path(folder))


def remove_if_empty(folder: str) -> None:
    """The folder with its last entry."""
    if Path(folder).is_dir() and not any(Path(folder).iterdir()):
        Path(folder).rmdir()


def write(folder: Path, entry: dict[str, Any]) -> None:
    """In one step: whoever reads, even after a power cut, finds the old file or the new one."""
    path, made = folder / f"{entry['role']}.json", folder / f".{entry['role']}.new"
    made.unlink(missing_ok=True)  # of a run that was cut off here
    with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        json.dump(entry, stream, indent=1, ensure_ascii=True)
        stream.write("\n")
        stream.flush()
        os.fsync(stream.fileno())
    made.replace(path)
    _sync(folder)


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def identity() -> str:
    """What tells this machine from a copy of it: its machine-id. Containers often have none: there the kernel's boot and the
    host's name stand in for it, until the next boot.
    """
    found = _line("/etc/machine-id")
    if found and found != "uninitialized":
        return found
    boot = _line("/proc/sys/kernel/random/boot_id")
    return f"boot {boot} of {os.uname().nodename}" if boot else ""


def _line(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return ""

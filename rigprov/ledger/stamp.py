"""What a run would do in short: a stamp for each role, of its content, its values, and this rigprov. Reads the roles' files."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from rigprov import __version__
from rigprov.catalog.content import content_root
from rigprov.catalog.roles import options
from rigprov.facts.ledger.program import program
from rigprov.model.plan import Plan, Step

# They allow something on the way and make no difference to what is there afterwards.
CONSENT = frozenset({
    "docker_remove_conflicts", "model_storage_format", "nvidia_driver_reboot", "nvidia_driver_remove_conflicts",
})  # fmt: skip
# The run that mounts a disk over a directory takes its contents along; to the next plan the two are one, and nothing is moved.
_MOVED = "model_storage_move_from"
_VALUE_DIGITS = 16
_INCLUDED = re.compile(r"(?:include|import)_role:\s*\n\s+name: (\w+)")

Stamp = dict[str, object]


def stamps(plan: Plan) -> dict[str, Stamp]:
    """One stamp for each role that runs: plain JSON types only."""
    return {step.role: _stamp(step) for step in plan.steps if step.state == "run"}


def _stamp(step: Step) -> Stamp:
    """Values as pairs of name and hash: by them it can be said later which one is another."""
    secret = {name for name, option in options(step.role).items() if option.secret}
    kept = {name: value.value for name, value in step.values.items() if name not in secret | CONSENT}
    if _MOVED in kept and kept[_MOVED] == kept.get("model_storage_path"):
        kept[_MOVED] = ""
    return {
        "rigprov": __version__,
        "content": content(step.role),
        "values": [[name, _short(kept[name])] for name in sorted(kept)],
    }


def _short(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:_VALUE_DIGITS]


@cache
def content(role: str) -> str:
    """Hash of everything that a role is made of: its own files, those of the roles it includes, and what notes its end."""
    total = hashlib.sha256(program().encode())
    for name in sorted(_with_included(role, {})):
        for path in _files(name):
            total.update(f"{path.relative_to(content_root())}\0".encode() + path.read_bytes() + b"\0")
    return total.hexdigest()


def _files(role: str) -> Iterator[Path]:
    """What Ansible reads of a role; its README is for people."""
    folder = content_root() / "roles" / role
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix not in {".md", ".pyc"})


def _with_included(role: str, found: dict[str, None]) -> Mapping[str, None]:
    found[role] = None
    for path in (content_root() / "roles" / role / "tasks").glob("*.yml"):
        for name in _INCLUDED.findall(path.read_text(encoding="utf-8")):
            if name not in found:
                _with_included(name, found)
    return found

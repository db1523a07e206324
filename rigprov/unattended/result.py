"""What a pull came to, for people and for programs: two files that are there whole or not at all."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rigprov import __version__
from rigprov.errors import Exit
from rigprov.model.outcome import SCHEMA_VERSION, Outcome

HOST = "localhost"
VERIFIED, APPLIED, FAILED, REBOOTING, RUNNING = "verified", "applied", "failed", "rebooting", "running"
REBOOT_ROLE, REBOOT_TASKS = (
    "nvidia_driver",
    ("Stop where nobody agreed to a reboot", "Stop where the reboot would end this run"),
)


@dataclass(frozen=True)
class Moment:
    """When a pull began and ended (ISO 8601 with zone), and how often this machine has rebooted itself since it was last well."""

    began: str
    ended: str = ""
    reboots: int = 0


def document(outcome: Outcome, tier: str, state: str, moment: Moment) -> dict[str, object]:
    """The result as plain JSON types. A figure that was not measured is None."""
    host = _host(outcome)
    proof, run = host.get("proof") or {}, host.get("run") or {}
    return {
        "schema_version": SCHEMA_VERSION,
        "rigprov_version": __version__,
        "state": state,
        "exit": None if state == RUNNING else int(outcome.exit),
        "tier": tier,
        "began": moment.began,
        "ended": moment.ended,
        "reboots": moment.reboots,
        "verdict": proof.get("verdict"),
        "model": proof.get("model"),
        "tokens_per_second": proof.get("median"),
        "floor": proof.get("floor"),
        "measured": proof.get("taken"),
        "changed": run.get("changed"),
        "log_dir": outcome.data.get("log_dir") or None,
        "problems": [{"code": problem.code, "message": problem.message, "hint": problem.hint} for problem in outcome.problems],
    }


def state_of(outcome: Outcome) -> str:
    """In one word. `applied`: fine, but nothing was measured."""
    if outcome.exit is not Exit.OK:
        return FAILED
    proof = _host(outcome).get("proof") or {}
    return VERIFIED if proof.get("verdict") == "pass" else APPLIED


def wants_reboot(outcome: Outcome) -> bool:
    """Whether the roles stopped right before a reboot, which they never do to the machine that Ansible runs on."""
    tasks = (_host(outcome).get("run") or {}).get("tasks") or []
    return any((task["role"], task["outcome"]) == (REBOOT_ROLE, "failed") and task["task"] in REBOOT_TASKS for task in tasks)


def changed(outcome: Outcome) -> bool:
    """Whether the roles changed anything."""
    return bool((_host(outcome).get("run") or {}).get("changed"))


def headline(found: Mapping[str, Any]) -> str:
    """One line: "verified: smollm2-135m 53.6 tok/s decode (floor 10)"."""
    line = str(found["state"])
    if found.get("tokens_per_second") is not None:
        line += f": {found['model']} {found['tokens_per_second']:.1f} tok/s decode (floor {found['floor']:g})"
    elif problems := found.get("problems"):
        line += f": {problems[0]['message']}"
    return line


def read(path: Path) -> dict[str, Any]:
    """An earlier result; empty where there is none that can be read."""
    with suppress(OSError, ValueError):
        found = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return found
    return {}


def write(path: Path, text: str) -> None:
    """Put a file in its place in one step, readable by everybody, and on the disk before a power cut.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    with new.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fchmod(file.fileno(), 0o644)
        os.fsync(file.fileno())
    new.replace(path)


def _host(outcome: Outcome) -> Mapping[str, Any]:
    hosts = outcome.data.get("hosts")
    found = hosts.get(HOST) if isinstance(hosts, Mapping) else None
    return found if isinstance(found, Mapping) else {}

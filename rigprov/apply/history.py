"""How long roles took in earlier runs: the only ground for an estimate of the rest."""

import json
from collections.abc import Iterable
from pathlib import Path

from rigprov.apply.logs import past_runs

SUMMARY = "summary.json"
_READ = 10  # newest runs


def expected(runs: Path, hosts: Iterable[str]) -> dict[str, dict[str, float]]:
    """Host -> role -> seconds: as in the host's own last good run, else the longest that other hosts needed lately."""
    own: dict[str, dict[str, float]] = {}
    longest: dict[str, float] = {}
    for run in past_runs(runs)[:_READ]:
        for host, roles in _good_hosts(run / SUMMARY):
            own.setdefault(host, roles)
            longest |= {role: max(seconds, longest.get(role, 0.0)) for role, seconds in roles.items()}
    return {host: longest | own.get(host, {}) for host in hosts}


def _good_hosts(path: Path) -> list[tuple[str, dict[str, float]]]:
    """A run that left no readable summary (killed, or another version's) teaches nothing."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return [
            (host["host"], {role["role"]: float(role["seconds"]) for role in host["roles"]})
            for host in content["hosts"]
            if host["state"] == "ok"
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return []

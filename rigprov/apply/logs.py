"""Keeps the whole log of a run on the controller, readable by its user only, with secrets masked."""

import json
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from rigprov.facts.redact import redact

KEEP = 50  # runs
MASK = "********"
SECRET_NAME = re.compile(r"(?:token|secret|password|passwd|pass|api_?key|credential)s?$", re.IGNORECASE)
_SHORTEST = 4  # characters; masking shorter values would riddle the log without hiding anything


def secrets_in(variables: Mapping[str, object]) -> set[str]:
    """Values of variables whose names say that they are secret."""
    return {str(value) for name, value in variables.items() if SECRET_NAME.search(name) and isinstance(value, str) and value}


class Masker:
    """Takes known secrets, and what looks like one, out of any text."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = {secret for secret in secrets if len(secret) >= _SHORTEST}
        # Inside JSON a secret with quotes or backslashes is spelt differently.
        spelt = known | {json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for secret in known for ascii_only in (True, False)}
        longest_first = sorted(spelt, key=len, reverse=True)
        self._known = re.compile("|".join(re.escape(secret) for secret in longest_first)) if longest_first else None

    def __call__(self, text: str) -> str:
        """`text` without secrets."""
        if self._known:
            text = self._known.sub(MASK, text)
        return redact(text)


class RunLog:
    """One run's directory: `ansible.log` (what Ansible printed) and `events.jsonl` (its events, one a line)."""

    def __init__(self, directory: Path, mask: Masker) -> None:
        self.directory = directory
        self._mask = mask
        self._text = _private(directory / "ansible.log")
        self._events = _private(directory / "events.jsonl")

    def event(self, raw: Mapping[str, Any]) -> None:
        """Append one ansible-runner event. Flushed at once: the log must survive a kill of rigprov."""
        printed = str(raw.get("stdout") or "").replace("\r\n", "\n")  # it comes through a terminal
        if printed.strip():
            self._text.write(self._mask(printed) + "\n")
            self._text.flush()
        self._events.write(self._mask(json.dumps(raw, ensure_ascii=False, default=str)) + "\n")
        self._events.flush()

    def document(self, name: str, content: object) -> None:
        """Write one JSON document beside the log."""
        with _private(self.directory / name) as file:
            file.write(self._mask(json.dumps(content, ensure_ascii=False, indent=1, default=str)) + "\n")

    def close(self) -> None:
        """Close the files."""
        self._text.close()
        self._events.close()


def runs_directory(environment: Mapping[str, str]) -> Path:
    """Where runs are kept: XDG's directory for state. A relative `XDG_STATE_HOME` is ignored, as its specification says."""
    state = Path(environment.get("XDG_STATE_HOME") or "")
    return (state if state.is_absolute() else Path.home() / ".local/state") / "rigprov/runs"


def open_log(runs: Path, secrets: Iterable[str], *, now: datetime | None = None) -> RunLog:
    """A new directory below `runs`; of the older ones the newest 49 are kept.

    Raises:
        OSError: the directory cannot be written.
    """
    runs.mkdir(mode=0o700, parents=True, exist_ok=True)
    stamp = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    directory = _new_directory(runs, stamp)
    for old in past_runs(runs)[KEEP:]:
        shutil.rmtree(old, ignore_errors=True)
    return RunLog(directory, Masker(secrets))


def past_runs(runs: Path) -> list[Path]:
    """Kept runs, the newest first."""
    if not runs.is_dir():
        return []
    found = [path for path in runs.iterdir() if re.fullmatch(r"\d{8}T\d{6}Z-\d+", path.name)]
    return sorted(found, key=_age, reverse=True)


def _age(path: Path) -> tuple[str, int]:
    stamp, _, number = path.name.rpartition("-")
    return stamp, int(number)


def _new_directory(runs: Path, stamp: str) -> Path:
    """The first free number: two runs may start in the same second."""
    number = 1
    while True:
        directory = runs / f"{stamp}-{number}"
        try:
            directory.mkdir(mode=0o700)
        except FileExistsError:
            number += 1
        else:
            return directory


def _private(path: Path) -> IO[str]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8")

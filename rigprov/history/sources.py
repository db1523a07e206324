"""What sources of packages and models said to hosts when these were last left as wanted: `sources/HOST.json`, a file each.

Kept for a second run only: it need not wait for a source that is slow today, as long as there is nothing to be fetched.
"""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rigprov.history.document import DamagedError
from rigprov.history.folder import folder_of, read_bytes, state_folder

_VALID = timedelta(days=1)  # a source that comes back, or goes for good, is seen the next day at the latest

Answers = dict[str, dict[str, str | int]]
_FIELDS = {"name": str, "command": str, "output": str, "errors": str, "rc": int}


def sources_folder(environment: Mapping[str, str]) -> Path:
    """Where the answers lie."""
    return state_folder(environment) / "sources"


def put(folder: Path, host: str, answers: Answers, now: datetime) -> None:
    """Keep a host's answers; the file is there whole or not at all.

    Raises:
        OSError: the directory cannot be written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = _path(folder, host)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump({"host": host, "taken": now.astimezone(UTC).isoformat(), "answers": answers}, file, indent=1)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def find(folder: Path, host: str, now: datetime) -> Answers:
    """A host's answers of the last day; {} where there are none that could be read: then the host is asked with patience."""
    try:
        content = json.loads(read_bytes(_path(folder, host)))
        age = now - datetime.fromisoformat(content["taken"])
        answers = content["answers"]
        sound = content["host"] == host and timedelta(0) <= age < _VALID and all(map(_sound, answers.values()))
    except (DamagedError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return {}
    return answers if sound else {}


def _sound(answer: Mapping[str, object]) -> bool:
    return answer.keys() == _FIELDS.keys() and all(type(answer[name]) is kind for name, kind in _FIELDS.items())


def _path(folder: Path, host: str) -> Path:
    return folder_of(folder, host).with_name(folder_of(folder, host).name + ".json")

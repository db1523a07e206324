"""What sources of packages and models said to hosts when these were last left as wanted: `sources/HOST.json`, a file each.

Kept for a second run only: it need not wait for a source that is slow today, as long as there is nothing to be fetched.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rigprov.history.document import DamagedError
from rigprov.history.folder import file_of, read_bytes, state_folder, write_whole

_VALID = timedelta(days=1)  # a source that comes back, or goes for good, is seen the next day at the latest

Answers = dict[str, dict[str, str | int]]
_FIELDS = {"name": str, "command": str, "output": str, "errors": str, "rc": int}


def sources_folder(environment: Mapping[str, str]) -> Path:
    """Where the answers lie."""
    return state_folder(environment) / "sources"


def put(folder: Path, host: str, answers: Answers, now: datetime) -> None:
    """Keep a host's answers.

    Raises:
        OSError: the directory cannot be written.
    """
    write_whole(file_of(folder, host), {"host": host, "taken": now.astimezone(UTC).isoformat(), "answers": answers})


def find(folder: Path, host: str, now: datetime) -> Answers:
    """A host's answers of the last day; {} where there are none that could be read: then the host is asked with patience."""
    try:
        content = json.loads(read_bytes(file_of(folder, host)))
        age = now - datetime.fromisoformat(content["taken"])
        answers = content["answers"]
        sound = content["host"] == host and timedelta(0) <= age < _VALID and all(map(_sound, answers.values()))
    except (DamagedError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return {}
    return answers if sound else {}


def _sound(answer: Mapping[str, object]) -> bool:
    return answer.keys() == _FIELDS.keys() and all(type(answer[name]) is kind for name, kind in _FIELDS.items())

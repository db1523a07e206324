"""Hosts that failed in a rolling run: `quarantine/HOST.json` beside the proofs, a file each, readable by their user only."""

import contextlib
import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path

from rigprov.history.folder import file_of, proofs_folder, write_whole
from rigprov.model.fleet import Quarantine

_TEXTS = frozenset(field.name for field in dataclasses.fields(Quarantine))
_GATES = frozenset({"reach", "roles", "speed"})


def quarantine_folder(environment: Mapping[str, str]) -> Path:
    """XDG's directory for state."""
    return proofs_folder(environment).with_name("quarantine")


def note_of(folder: Path, host: str) -> Path:
    """The file that says that a host is quarantined: who deletes it has released the host."""
    return file_of(folder, host)


def put(folder: Path, entry: Quarantine) -> None:
    """Note a host.

    Raises:
        OSError: the directory cannot be written.
    """
    write_whole(note_of(folder, entry.host), dataclasses.asdict(entry))


def find(folder: Path, host: str) -> Quarantine | None:
    """What is noted of a host; None: it is not quarantined. A note that cannot be read still counts: it was put there."""
    path = note_of(folder, host)
    try:
        text = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return _unread(host, error.strerror or "an error")
    try:
        content = json.loads(text)
    except ValueError:
        return _unread(host, "it is damaged")
    sound = isinstance(content, dict) and content.keys() == _TEXTS and all(isinstance(word, str) for word in content.values())
    if not sound or content["gate"] not in _GATES or content["host"] != host:
        return _unread(host, "it is damaged")
    return Quarantine(**content)


def release(folder: Path, host: str) -> bool:
    """Take the note away. False: there was none, or it cannot be deleted."""
    with contextlib.suppress(OSError):
        note_of(folder, host).unlink()
        return True
    return False


def _unread(host: str, why: str) -> Quarantine:
    return Quarantine(host, "", "speed", f"its note cannot be read ({why})")

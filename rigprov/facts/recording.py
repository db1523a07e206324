"""Recordings: the raw output of every command of the probe, one file each. The format is described in docs/recordings.md."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rigprov import __version__
from rigprov.errors import UsageError

FORMAT = 1
INDEX = "recording.json"
_AGAIN = "record again with `rigprov facts HOST --record DIR`"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True)
class Section:
    """One command and what it gave."""

    name: str
    command: str  # one line
    output: str  # without the last line break
    errors: str  # standard error
    rc: int

    def to_text(self) -> str:
        """As a file of a recording."""
        errors = [f"! {line}" for line in self.errors.split("\n")] if self.errors else []
        return "\n".join([f"$ {self.command}", *([self.output] if self.output else []), *errors, f"# exit {self.rc}", ""])


@dataclass(frozen=True)
class Recording:
    """What a machine answered. Secrets are out already (see `redact`)."""

    host: str
    taken: str  # ISO 8601, UTC
    sections: Mapping[str, Section]
    version: str = __version__  # of the rigprov that took it
    folder: Path | None = field(default=None, compare=False)  # None: fresh from the host


def check_folder(folder: Path) -> None:
    """Refuse a directory that holds something: nothing is overwritten.

    Raises:
        UsageError: it does, or it is no directory.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"`{folder}` is not an empty directory", hint="give a new directory; nothing is overwritten")


def write(recording: Recording, folder: Path) -> None:
    """Write into a new or empty directory. The index comes last, so that half a recording never looks like one.

    Raises:
        UsageError: the directory holds something, or cannot be written.
    """
    try:
        check_folder(folder)
        folder.mkdir(parents=True, exist_ok=True)
        names = sorted(recording.sections)
        for name in names:
            (folder / f"{name}.txt").write_text(recording.sections[name].to_text(), encoding="utf-8")
        index = {"format": FORMAT, "rigprov": recording.version, "host": recording.host, "taken": recording.taken}
        index_text = json.dumps(index | {"files": [f"{name}.txt" for name in names]}, indent=2)
        (folder / INDEX).write_text(index_text + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"`{folder}` cannot be written: {error.strerror}", hint="give another directory") from None


def read(folder: Path) -> Recording:
    """Read one recording back.

    Raises:
        UsageError: not a recording, a newer format, or a file that is missing or cut off.
    """
    index = _index(folder)
    sections = {}
    for file in index["files"]:
        path = folder / file
        if not path.is_file():
            raise UsageError(f"`{path}` is missing, though `{INDEX}` lists it", hint=_AGAIN)
        section = _section(path)
        sections[section.name] = section
    return Recording(index["host"], index["taken"], sections, index["rigprov"], folder)


def read_all(folder: Path) -> tuple[Recording, ...]:
    """The recording in the directory, or those in its subdirectories (what recording several hosts makes).

    Raises:
        UsageError: there is none.
    """
    if not folder.is_dir():
        raise UsageError(f"there is no directory `{folder}`", hint=_AGAIN)
    if (folder / INDEX).is_file():
        return (read(folder),)
    inner = sorted(path.parent for path in folder.glob(f"*/{INDEX}"))
    return tuple(read(path) for path in inner) or (read(folder),)


def _index(folder: Path) -> dict[str, Any]:
    path = folder / INDEX
    if not path.is_file():
        raise UsageError(f"`{folder}` is not a recording: it has no `{INDEX}`", hint=_AGAIN)
    try:
        index = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise UsageError(f"`{path}` is not valid JSON: {error}", hint=_AGAIN) from None
    if isinstance(index, dict) and isinstance(index.get("format"), int) and index["format"] > FORMAT:
        raise UsageError(f"`{path}` has format {index['format']}, this rigprov reads up to {FORMAT}", hint="use a newer rigprov")
    texts = ("rigprov", "host", "taken")
    if not isinstance(index, dict) or index.get("format") != FORMAT or not all(isinstance(index.get(key), str) for key in texts):
        raise UsageError(f"`{path}` lacks one of format, rigprov, host, taken", hint=_AGAIN)
    files = index.get("files")
    if not isinstance(files, list) or not all(
        isinstance(name, str) and _NAME.fullmatch(name.removesuffix(".txt")) for name in files
    ):
        raise UsageError(f"`files` in `{path}` is not a list of file names", hint=_AGAIN)
    return index


def _section(path: Path) -> Section:
    text = path.read_bytes().decode("utf-8", errors="replace").replace("\r\n", "\n").rstrip("\n")
    lines = text.split("\n")
    if not lines[0].startswith("$ "):
        raise UsageError(f"`{path}` does not begin with `$ command`", hint=_AGAIN)
    ending = re.fullmatch(r"# exit (\d{1,3})", lines[-1])
    if ending is None:
        raise UsageError(f"`{path}` is cut off: its last line is not `# exit N`", hint=_AGAIN)
    body = lines[1:-1]
    split = len(body)
    while split and body[split - 1].startswith("! "):
        split -= 1
    errors = "\n".join(line[2:] for line in body[split:])
    return Section(path.stem, lines[0][2:], "\n".join(body[:split]), errors, int(ending[1]))

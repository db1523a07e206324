"""Where proofs lie on the controller: `proofs/HOST/TIME-RANDOM.json`, a file each, readable by their user only."""

import json
import os
import re
import secrets
import stat
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from rigprov.history.document import DamagedError

KEEP = 200  # proofs of each host; a nightly one is kept for more than half a year
LARGEST = 32 * 2**20  # bytes of a file that is still read; a proof of eight GPUs takes about one
_NAME = re.compile(r"\d{8}T\d{6}\.\d{6}Z-[0-9a-f]{8}\.json")
_PART = re.compile(r"\.\d{8}T\d{6}\.\d{6}Z-[0-9a-f]{8}\.json\.part")
_LONGEST = 120  # characters of a directory's name; file systems take 255 bytes
_ABANDONED_S = 3600.0  # age of a half-written file whose writer is surely gone


def state_folder(environment: Mapping[str, str]) -> Path:
    """XDG's directory for state. A relative `XDG_STATE_HOME` is ignored, as its specification says."""
    state = Path(environment.get("XDG_STATE_HOME") or "")
    return (state if state.is_absolute() else Path.home() / ".local/state") / "rigprov"


def proofs_folder(environment: Mapping[str, str]) -> Path:
    """Where proofs lie."""
    return state_folder(environment) / "proofs"


def folder_of(proofs: Path, host: str) -> Path:
    """Directory of a host. Whatever its name is, it lies directly below `proofs`."""
    name = quote(host, safe="@:")
    name = name.replace(".", "%2E", 1) if name.startswith(".") else name
    if len(name) > _LONGEST:
        name = f"{name[:_LONGEST]}-{sha256(host.encode()).hexdigest()[:16]}"
    return proofs / (name or "%")


def write(folder: Path, text: str, now: datetime | None = None) -> Path:
    """A new file that is there whole or not at all, whatever happens; two runs at a time do not clash.

    Raises:
        OSError: the directory cannot be written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stamp = (now or datetime.now(UTC)).astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    path = folder / f"{stamp}-{secrets.token_hex(4)}.json"
    part = folder / f".{path.name}.part"
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    prune(folder)
    return path


def file_of(folder: Path, host: str) -> Path:
    """The one file of a host, where each has no more than one."""
    place = folder_of(folder, host)
    return place.with_name(place.name + ".json")


def write_whole(path: Path, content: object) -> None:
    """Write a file of JSON anew: it is there whole or not at all, and readable by its user only.

    Raises:
        OSError: the directory cannot be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=1)
            file.write("\n")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def newest_first(folder: Path) -> list[Path]:
    """The files of a host that rigprov wrote; others are not its concern."""
    try:
        found = [path for path in folder.iterdir() if _NAME.fullmatch(path.name)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(found, key=lambda path: path.name, reverse=True)


def read_bytes(path: Path) -> bytes:
    """Content of a regular file; opening anything else could wait for ever.

    Raises:
        DamagedError: it cannot be had.
    """
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            raise DamagedError("is no file")
        if state.st_size > LARGEST:
            raise DamagedError(f"is larger than {LARGEST >> 20} MiB")
        return path.read_bytes()
    except FileNotFoundError:  # another run's retention was quicker
        raise DamagedError("is gone") from None
    except OSError as error:
        raise DamagedError(f"cannot be read ({error.strerror})") from None


def prune(folder: Path) -> None:
    """Delete what goes beyond `KEEP`, and halves that a killed run left behind. What cannot be deleted stays."""
    abandoned = [path for path in folder.iterdir() if _PART.fullmatch(path.name) and _age_s(path) > _ABANDONED_S]
    for path in [*newest_first(folder)[KEEP:], *abandoned]:
        try:
            path.unlink(missing_ok=True)
        except OSError:
            continue


def _age_s(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0

"""Keeps proofs and reads them back. A damaged file never stops a command: it is skipped with a warning."""

from collections.abc import Callable, Mapping
from pathlib import Path

from rigprov.history.document import DamagedError, from_text, to_text
from rigprov.history.folder import folder_of, newest_first, read_bytes, write
from rigprov.model.record import Record

Warn = Callable[[str], None]


def keep(proofs: Path, record: Record, *, mask: Callable[[str], str], warn: Warn) -> None:
    """Write one record. That it could not be kept is a warning: the proof itself was taken.

    Args:
        proofs: see `rigprov.history.folder.proofs_folder`.
        record: one proof.
        mask: takes secrets out of a text.
        warn: is given one line.
    """
    host = record.proof.host
    try:
        write(folder_of(proofs, host), to_text(record, mask))
    except OSError as error:
        warn(f"the proof of {host} is not kept: {proofs} cannot be written ({error.strerror}); set XDG_STATE_HOME")
    except ValueError as error:  # a figure that is not finite, a text that is no Unicode
        warn(f"the proof of {host} is not kept: it has no JSON form ({error})")


def last(proofs: Path, host: str, wanted: Callable[[Record], bool], warn: Warn) -> Record | None:
    """The newest record of a host that is wanted; older ones are not even read."""
    found = _in(folder_of(proofs, host), warn, lambda record: record.proof.host == host and wanted(record))
    return found[-1] if found and found[-1].proof.host == host and wanted(found[-1]) else None


def read_all(proofs: Path, warn: Warn) -> Mapping[str, list[Record]]:
    """Records of every host, hosts by name, each newest first. Hosts without a sound record are left out."""
    found: dict[str, list[Record]] = {}
    for folder in _folders(proofs):
        for record in _in(folder, warn):
            found.setdefault(record.proof.host, []).append(record)
    return dict(sorted(found.items()))


def _folders(proofs: Path) -> list[Path]:
    try:
        return sorted(path for path in proofs.iterdir() if path.is_dir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _in(folder: Path, warn: Warn, enough: Callable[[Record], bool] = lambda _record: False) -> list[Record]:
    """Sound records, newest first, up to the first that is `enough`."""
    records: list[Record] = []
    damaged: list[str] = []
    for path in _files(folder, warn):
        try:
            records.append(from_text(read_bytes(path)))
        except DamagedError as error:
            damaged.append(f"{path} {error}")
            continue
        if enough(records[-1]):
            break
    if damaged:
        others = f", and {len(damaged) - 1} more in the same directory" if len(damaged) > 1 else ""
        warn(f"a kept proof is skipped: {damaged[0]}{others}")
    return records


def _files(folder: Path, warn: Warn) -> list[Path]:
    try:
        return newest_first(folder)
    except OSError as error:
        warn(f"the proofs in {folder} are skipped: {error.strerror}")
        return []

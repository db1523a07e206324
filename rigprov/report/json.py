"""Facts, plans and results as plain JSON types, and the versioned envelope of `--json`."""

import dataclasses
import json
from collections.abc import Mapping
from enum import Enum
from pathlib import PurePath

from rigprov import __version__
from rigprov.model.missing import Missing
from rigprov.model.outcome import SCHEMA_VERSION, Outcome


def plain(value: object) -> object:
    """`value` in JSON types. A fact that could not be read becomes `{"missing": REASON}`.

    Raises:
        TypeError: a type that has no JSON form.
    """
    if isinstance(value, Enum):
        return value.name.lower()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return _composite(value)


def _composite(value: object) -> object:
    match value:
        case Missing(reason=reason):
            return {"missing": reason}
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case PurePath():
            return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in dataclasses.fields(value) if item.repr}
    raise TypeError(f"no JSON form for {type(value).__name__}")


def envelope(outcome: Outcome) -> str:
    """One JSON document: what ran, how it ended, what it found."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "rigprov_version": __version__,
        "command": outcome.command,
        "exit": int(outcome.exit),
        "status": outcome.exit.name.lower(),
        "data": plain(outcome.data),
        "problems": plain(outcome.problems),
    }
    return json.dumps(document, indent=2, ensure_ascii=False)

"""A record as a JSON document with a version, and back. What comes back is checked to the last field."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from rigprov import __version__
from rigprov.model.record import Record

if TYPE_CHECKING:
    from pydantic import TypeAdapter

SCHEMA = 1  # of the document; a new field with a default is no new version
# Says which record it is, and is no free text: it stays even where it contains a known secret ("rig" may be a password, too).
_IDENTITY = frozenset({"host", "taken", "model", "model_sha256", "verdict", "weights", "engine", "state", "source", "command"})


class DamagedError(ValueError):
    """A document holds no record that this version can read. The text is the rest of a sentence that begins with its name."""


def to_text(record: Record, mask: Callable[[str], str]) -> str:
    """The document. `raw` is left out: it is the measuring script's own output, large and full of the host's own words.

    Args:
        record: one proof.
        mask: takes secrets out of a text.

    Raises:
        ValueError: a figure is not finite.
    """
    content = asdict(replace(record, proof=replace(record.proof, raw={})))
    document = {"schema": SCHEMA, "rigprov_version": __version__, "record": masked(content, mask)}
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def from_text(text: bytes) -> Record:
    """The record in a document.

    Raises:
        DamagedError: cut short, no JSON, another program's, or a newer rigprov's.
    """
    return _checked(content_of(text, "record"))


def content_of(text: bytes, key: str) -> object:
    """What a document holds under a key, if this version can read it.

    Raises:
        DamagedError: cut short, no JSON, another program's, or a newer rigprov's.
    """
    try:
        document = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise DamagedError("is no whole JSON document") from None
    schema = document.get("schema") if isinstance(document, dict) else None
    if not isinstance(schema, int) or isinstance(schema, bool):
        raise DamagedError("is no document that rigprov kept")
    if schema > SCHEMA:
        raise DamagedError(f"is from a newer rigprov (schema {schema})")
    return document.get(key)


def _checked(content: object) -> Record:
    from pydantic import ValidationError  # slow to import

    try:
        # As JSON, where a list may be a tuple; strict, so that "1" is no number.
        return _adapter().validate_json(json.dumps(content, allow_nan=False), strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "record"
        raise DamagedError(f"holds no sound record ({where}: {first['msg']})") from None
    except ValueError:  # 1e999 is infinite to Python
        raise DamagedError("holds a figure that is not finite") from None


def warm() -> None:
    """Make ready for reading a record, which takes a tenth of a second."""
    _adapter()


@cache
def _adapter() -> "TypeAdapter[Record]":
    from pydantic import TypeAdapter

    return TypeAdapter(Record)


def _refuse(constant: str) -> float:
    raise ValueError(constant)


def masked(value: Any, mask: Callable[[str], str], key: str = "") -> Any:
    """JSON content without secrets; what says which one it is stays."""
    if isinstance(value, str):
        return value if key in _IDENTITY else mask(value)
    if isinstance(value, dict):
        return {name: masked(item, mask, name) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item, mask, key) for item in value]
    return value

"""Compliance checks that were made, kept on the controller beside the proofs: `checks/HOST/TIME-RANDOM.json`."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rigprov import __version__
from rigprov.history.document import SCHEMA, DamagedError, content_of, masked
from rigprov.history.folder import folder_of, newest_first, read_bytes, state_folder, write
from rigprov.model.compliance import Checked

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Warn = Callable[[str], None]


def checks_folder(environment: Mapping[str, str]) -> Path:
    """Where they lie."""
    return state_folder(environment) / "checks"


def keep_check(checks: Path, checked: Checked, *, mask: Callable[[str], str], warn: Warn) -> None:
    """Write one. That it could not be kept is a warning: the check itself was made.

    Args:
        checks: see `checks_folder`.
        checked: all answers of one host.
        mask: takes secrets out of a text.
        warn: is given one line.
    """
    host = checked.compliance.host
    document = {"schema": SCHEMA, "rigprov_version": __version__, "check": masked(asdict(checked), mask)}
    try:
        write(folder_of(checks, host), json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n")
    except OSError as error:
        warn(f"the check of {host} is not kept: {checks} cannot be written ({error.strerror}); set XDG_STATE_HOME")
    except ValueError as error:  # a figure that is not finite, a text that is no Unicode
        warn(f"the check of {host} is not kept: it has no JSON form ({error})")


def last_check(checks: Path, host: str, warn: Warn) -> Checked | None:
    """The newest sound one of a host; None: it was never checked."""
    try:
        files = newest_first(folder_of(checks, host))
    except OSError as error:
        warn(f"the checks of {host} are skipped: {error.strerror}")
        return None
    for path in files:
        try:
            checked = _from_text(read_bytes(path))
        except DamagedError as error:
            warn(f"a kept check is skipped: {path} {error}")
            continue
        if checked.compliance.host == host:
            return checked
    return None


def last_checks(checks: Path, hosts: Iterable[str], warn: Warn) -> dict[str, Checked]:
    """The newest of each host that was ever checked."""
    return {host: found for host in hosts if (found := last_check(checks, host, warn)) is not None}


def _from_text(text: bytes) -> Checked:
    from pydantic import ValidationError  # slow to import

    try:
        return _adapter().validate_json(json.dumps(content_of(text, "check")), strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise DamagedError(f"holds no sound check ({'.'.join(map(str, first['loc'])) or 'check'}: {first['msg']})") from None


@cache
def _adapter() -> "TypeAdapter[Checked]":
    from pydantic import TypeAdapter

    return TypeAdapter(Checked)

"""Which rigprov a machine installs for itself: always one whose hash is known beforehand. Pure but for `installed`."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError
from urllib.parse import urlsplit

from rigprov import __version__
from rigprov.errors import UsageError

_SHA256 = re.compile(r"(?:sha256:)?([0-9a-fA-F]{64})")
_REQUIREMENT = re.compile(r"rigprov==([0-9][A-Za-z0-9.+!-]*)")
_WHEEL = re.compile(r"rigprov-([A-Za-z0-9.+!_]+)-py3-none-any\.whl")
_HOW = "`sha256sum` of the wheel tells it; so does the page of the release that you mean"


@dataclass(frozen=True)
class Source:
    """A wheel of rigprov.

    Args:
        requirement: as pip takes it: "rigprov==1.2", or "rigprov @ https://...".
        sha256: of the wheel, 64 hexadecimal digits.
        version: that the wheel says it is.
    """

    requirement: str
    sha256: str
    version: str


def chosen(source: str | None, sha256: str | None, known: Source | None) -> Source:
    """The wheel that the user names, else the one that runs now.

    Args:
        source: `rigprov==VERSION` or the address of a wheel; None: the running version.
        sha256: of it.
        known: the running version's wheel, where pip has noted it.

    Raises:
        UsageError: a source without an exact version, or a wheel whose hash nobody told.
    """
    if source is None and sha256 is None and known is not None:
        return known
    found = _parsed(f"rigprov=={__version__}" if source is None else source)
    if sha256 is None:
        raise UsageError(
            f"the hash of {found[0]} is not known, and nothing unproved is to run as root on your machines",
            hint=f"give it with --sha256: {_HOW}",
        )
    matched = _SHA256.fullmatch(sha256.strip())
    if matched is None:
        raise UsageError(f"`--sha256 {sha256}` is not a SHA-256", hint=f"it has 64 hexadecimal digits; {_HOW}")
    return Source(found[0], matched[1].lower(), found[1])


def _parsed(source: str) -> tuple[str, str]:
    """What pip gets, and the version."""
    if "://" in source:
        return _wheel(source)
    matched = _REQUIREMENT.fullmatch("".join(source.split()))
    if matched is None:
        raise UsageError(
            f"`--source {source}` names no exact version of rigprov",
            hint="write rigprov==VERSION, or the address of a wheel: https://.../rigprov-VERSION-py3-none-any.whl",
        )
    return matched[0], matched[1]


def _wheel(source: str) -> tuple[str, str]:
    try:
        parts = urlsplit(source)
    except ValueError:  # brackets that hold no IPv6 address
        parts = urlsplit("")
    name = _WHEEL.fullmatch(parts.path.rpartition("/")[2])
    if parts.scheme not in {"http", "https"} or name is None or re.search(r"[\s'\"#;]", source):
        raise UsageError(
            f"`--source {source}` is not the address of a wheel of rigprov",
            hint="it ends in rigprov-VERSION-py3-none-any.whl; its hash is given with --sha256, not behind a #",
        )
    if parts.username or parts.password or parts.query:
        raise UsageError(
            "the address of `--source` holds a password or a query, and user data is no place for secrets",
            hint="offer the wheel where it can be fetched without one: its hash protects it",
        )
    return f"rigprov @ {source}", name[1]


def installed() -> Source | None:
    """The wheel that the running rigprov came from, where it came from an address and pip has noted its hash (PEP 610)."""
    try:
        text = Distribution.from_name("rigprov").read_text("direct_url.json")
    except PackageNotFoundError:
        return None
    return noted(json.loads(text)) if text else None


def noted(document: Mapping[str, object]) -> Source | None:
    """See `installed`."""
    archive = document.get("archive_info")
    hashes = archive.get("hashes") if isinstance(archive, Mapping) else None
    digest = hashes.get("sha256") if isinstance(hashes, Mapping) else None
    url = document.get("url")
    if not isinstance(digest, str) or not isinstance(url, str) or not url.startswith("https://"):
        return None
    try:
        return chosen(url, digest, None)
    except UsageError:
        return None

"""What dpkg and apt know."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Package:
    """An installed (or half-installed) package that matters for the plan."""

    name: str
    version: str
    status: str  # dpkg's want/status, e.g. "ii", "hi", "iF"
    hold: bool
    origin: str | None  # origin of the installed version as apt knows it


@dataclass(frozen=True)
class AptSource:
    """One repository entry."""

    file: str
    uris: tuple[str, ...]
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str | None
    enabled: bool

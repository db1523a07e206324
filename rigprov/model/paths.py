"""Paths that a user wrote."""

from pathlib import Path


def expanded(path: str | Path) -> Path:
    """With the home directory in place of `~`. A `~NAME` of nobody stays as it is: no such file is there, and that is said."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def is_file(path: Path) -> bool:
    """Whether a file is there; one that may not be looked at, or whose name is too long, is not."""
    try:
        return path.is_file()
    except OSError:
        return False

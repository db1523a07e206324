"""Paths that the user sets. Those that a role refuses on any host are told with the plan, before anything runs."""

import posixpath
import re

WORDS = "an absolute path of letters, digits and . _ @ + -, without .. or a slash too many, not below /dev, /proc, /run or /sys"
_FIT = re.compile(r"(/[A-Za-z0-9._@+-]+)+")
_PASSING = re.compile(r"/(dev|proc|run|sys)(/|$)")  # nothing there lasts


def fit(path: str) -> bool:
    """Whether roles take it: as in their preflight checks."""
    return bool(_FIT.fullmatch(path)) and posixpath.normpath(path) == path and not _PASSING.match(path)

"""Where a report goes. A file that is no report of rigprov's is never overwritten."""

import os
import re
import tempfile
from pathlib import Path

from rigprov.errors import UsageError
from rigprov.report.html.page import GENERATOR

_MARK = f'<meta name="generator" content="{GENERATOR} '.encode()
_HEAD = 2000  # bytes in which the mark stands


def default_name(hosts: list[str]) -> Path:
    """`rigprov-report-HOST.html` in the working directory; `rigprov-report.html` for several hosts."""
    if len(hosts) != 1:
        return Path("rigprov-report.html")
    return Path(f"rigprov-report-{re.sub(r'[^A-Za-z0-9._@-]+', '_', hosts[0])[:100]}.html")


def check(path: Path, option: str = "--out") -> None:
    """Make sure that a report may be written there.

    Args:
        path: of the file.
        option: that named it, for messages.

    Raises:
        UsageError: it may not, and why.
    """
    hint = f"name another file with `{option}`"
    try:
        if path.is_dir():
            raise UsageError(f"{path} is a directory", hint=hint)
        if path.exists() and not _is_report(path):
            raise UsageError(f"{path} is there already and is no report of rigprov's", hint=f"{hint}, or move it away")
        if not path.parent.is_dir():
            raise UsageError(f"there is no directory {path.parent}", hint=f"make it first, or {hint}")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", hint=hint) from None


def write(path: Path, text: str) -> None:
    """Write the report; it is there whole or not at all.

    Raises:
        UsageError: the file cannot be written.
    """
    check(path)
    real = path.resolve()  # behind a link, the file is replaced and not the link
    part = None
    try:
        handle, part = tempfile.mkstemp(prefix=".rigprov-report-", dir=real.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(part).chmod(0o666 & ~_umask())
        Path(part).replace(real)
        part = None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", hint="name another file with `--out`") from None
    finally:
        if part is not None:
            Path(part).unlink(missing_ok=True)


def _is_report(path: Path) -> bool:
    if not path.is_file():  # a device or a pipe
        return False
    with path.open("rb") as file:
        return _MARK in file.read(_HEAD)


def _umask() -> int:
    current = os.umask(0o077)
    os.umask(current)
    return current

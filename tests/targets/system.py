"""Where the harness keeps its files, and how it starts a program."""

import fcntl
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class TargetError(Exception):
    """A throw-away machine could not be made, started or taken down."""


def home() -> Path:
    """Folder of everything the harness keeps: `$RIGPROV_TARGETS`, or `rigprov/targets` in the user's cache."""
    if given := os.environ.get("RIGPROV_TARGETS"):
        return Path(given).absolute()
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache, "rigprov", "targets")


def machines() -> Path:
    """One folder a container."""
    return home() / "machines"


def virtual_machines() -> Path:
    """One folder a virtual machine."""
    return home() / "vms"


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold the lock `name`: several harness processes run at once (parallel tests, a demo beside them)."""
    home().mkdir(parents=True, exist_ok=True)
    with (home() / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def run(*argv: str | Path, stdin: str | None = None, check: bool = True) -> str:
    """Run a program to its end and return its stdout.

    Raises:
        TargetError: it isn't installed, or (with `check`) it failed; with what it wrote to stderr.

    """
    words = [str(word) for word in argv]
    try:
        done = subprocess.run(words, input=stdin, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise TargetError(f"{words[0]} is not installed") from error
    if check and done.returncode:
        raise TargetError(f"`{' '.join(words)}` failed with {done.returncode}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def write(path: Path, text: str, mode: int = 0o644) -> None:
    """Replace a file in one step, so that a reader sees the old text or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.write_text(text)
    new.chmod(mode)
    new.rename(path)

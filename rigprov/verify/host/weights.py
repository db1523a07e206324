"""Synthetic weights on this host: a file of the model's shape and size, filled with random bits."""

from __future__ import annotations

import contextlib
import os
from typing import Any

from rigprov.verify.host import synth, synth_header
from rigprov.verify.host.failure import Failed

MARK = "rigprov-synthetic-"
_LEFT_FREE = 1 << 30  # bytes that other programs may need meanwhile


def path_beside(model: str) -> str:
    """Where the synthetic twin of a model lies; its name says what it is."""
    folder, name = os.path.split(model)
    return os.path.join(folder, MARK + name)  # noqa: PTH118


def make(recipe: dict[str, Any], model: str, size: int) -> dict[str, Any]:
    """Writes the file: `path`, `sha256`, `size`, `seconds`. One of ours that an earlier run left is replaced.

    Args:
        recipe: what `synth.write` is told.
        model: path of the real file, which need not exist; its directory must.
        size: bytes that the file will have.

    Raises:
        Failed: no directory, no room, or it could not be written.
    """
    path = path_beside(model)
    folder = os.path.dirname(path)  # noqa: PTH120
    if not os.path.isdir(folder):  # noqa: PTH112
        raise Failed("weights", f"{folder} is not there", fix="run `rigprov apply` first: it makes the models' directory")
    room = os.statvfs(folder)
    free = room.f_bavail * room.f_frsize
    if free < size + _LEFT_FREE:
        said = f"{folder} has {free / 2**30:.1f} GiB free, synthetic weights and a reserve need {(size + _LEFT_FREE) / 2**30:.1f}"
        raise Failed("weights", said, fix="free space there, or measure the real file without `--synthetic`")
    try:
        made = dict(synth.write(recipe, path))
        os.chmod(path, 0o644)  # noqa: PTH101 (the engine's user reads it; there is nothing secret in it)
    except (OSError, synth_header.Refused) as error:
        words = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise Failed("weights", f"synthetic weights could not be written to {path}: {words}") from error
    return {"path": path, **made}


def remove(path: str) -> None:
    """Removes a file that `make` wrote, and no other."""
    if os.path.basename(path).startswith(MARK):  # noqa: PTH119
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)  # noqa: PTH108

"""Looks at a model's file before an engine does."""

from __future__ import annotations

import hashlib
from typing import Any

from rigprov.verify.host import gguf


def sha256(path: str) -> tuple[str, int]:
    """Hash and size of a file.

    Raises:
        OSError: it cannot be read.
    """
    digest, size = hashlib.sha256(), 0
    with open(path, "rb") as file:  # noqa: PTH123
        for block in iter(lambda: file.read(1 << 22), b""):
            digest.update(block)
            size += len(block)
    return digest.hexdigest(), size


def examine(path: str) -> dict[str, Any]:
    """`model` (path, sha256, size, or a `reason`) and `bytes_per_token` or `bytes_reason`."""
    found: dict[str, Any] = {}
    try:
        digest, size = sha256(path)
        found["model"] = {"path": path, "sha256": digest, "size": size}
        if looks := _looks(path):
            found["model"]["looks"] = looks
        found["bytes_per_token"] = gguf.bytes_per_token(path)
    except gguf.NotGguf as error:
        found["bytes_reason"] = str(error)
    except OSError as error:
        found["model"] = {"path": path, "reason": error.strerror or str(error)}
    return found


def _looks(path: str) -> str:
    """What the file is if it is no model, in words; "" for a GGUF file."""
    with open(path, "rb") as file:  # noqa: PTH123
        head = file.read(512)
    if head[:4] == b"GGUF":
        return ""
    start = head.lstrip()[:15].lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        return "it is a web page, not a model: an address that wants a log-in or has moved answers like this"
    if head.startswith(b"version https://git-lfs"):
        return "it is a pointer of Git LFS, not the model itself"
    if not head.strip(b"\0"):
        return "it is empty" if not head else "it begins with zeros: the download was not finished"
    return "it is no GGUF file"

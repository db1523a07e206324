"""The Docker engine, and whether sources answer."""

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from rigprov.facts.parse.fields import ParseError, document, number
from rigprov.model.host import Docker, Missing

CONTAINERD_ROOT = "/var/lib/containerd"
_DEFAULT_ROOT = "/var/lib/docker"
_SNAPSHOTTER = "io.containerd.snapshotter"
_FIRST_ERROR = 400
# What a server says that is there, but wants a login, another path or another method.
_ANSWERS_TOO = frozenset({401, 404, 405})


def version(text: str) -> str:
    """`dockerd --version`."""
    found = re.search(r"version\s+v?([0-9][^\s,]*)", text)
    if found is None:
        raise ParseError(f"not a version: {text.strip()!r}")
    return found[1]


def daemon_json(text: str) -> Mapping[str, object] | Missing:
    """`/etc/docker/daemon.json`. A broken one is a fact, not a fault of the recording."""
    if not text.strip():
        return {}  # dockerd takes an empty file for no settings
    try:
        found = document(text)
    except ParseError as error:
        return Missing(str(error))
    return found if isinstance(found, dict) else Missing("not a JSON object")


def containerd_root(text: str) -> str:
    """Value of the top-level `root` in `/etc/containerd/config.toml`, a TOML string; "" where the file sets none."""
    if not text.strip():
        return CONTAINERD_ROOT
    try:
        return str(tomllib.loads(f"root = {text}")["root"])
    except tomllib.TOMLDecodeError as error:
        raise ParseError(f"not a TOML string: {text.strip()!r}") from error


def engine(
    installed: str | None,
    info: str,
    *,
    config: Mapping[str, object] | Missing | None,
    snap: bool,
    containerd: str | Missing = CONTAINERD_ROOT,
) -> Docker | None:
    """`docker info` in JSON ("" where it said nothing). None: neither an engine nor one that answers from elsewhere."""
    told: Mapping[str, Any] = document(info) if info.strip().startswith("{") else {}
    running = told.get("ServerVersion") or None
    if installed is None and running is None:
        return None
    status = told.get("DriverStatus") or []
    return Docker(
        version=str(running or installed),
        running=running is not None,
        data_root=str(told["DockerRootDir"]) if told.get("DockerRootDir") else _configured_root(config),
        snapshotter=any(_SNAPSHOTTER in str(pair) for pair in status) if running else Missing("the engine is not running"),
        containerd_root=containerd,
        daemon_json=config,
        snap=snap,
    )


def _configured_root(config: Mapping[str, object] | Missing | None) -> str | Missing:
    if isinstance(config, Missing):
        return config
    return str((config or {}).get("data-root", _DEFAULT_ROOT))


def answers(text: str, rc: int) -> bool:
    """Address, then the HTTP status; a client that failed leaves none, or 000."""
    lines = text.split()
    if rc != 0 or len(lines) < 2:  # noqa: PLR2004  (address, status)
        return False
    status = number(lines[-1], "the HTTP status")
    return 0 < status < _FIRST_ERROR or status in _ANSWERS_TOO

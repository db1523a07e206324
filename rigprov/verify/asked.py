"""What the user asks of a measurement, beyond the plan. Pure."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from rigprov.errors import UsageError

_PLAIN = re.compile(r"[!-~]+")  # ASCII without spaces and control characters
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Asked:
    """How to measure.

    Args:
        synthetic: with random weights of the model's shape, written on the host.
        keep_weights: leave that file there.
        named: the user named the model, which need not be the one that the service serves.
        soak_s: length of the soak in seconds; None: as is usual for the machine.
    """

    synthetic: bool = False
    keep_weights: bool = False
    named: bool = False
    soak_s: float | None = None


@dataclass(frozen=True, repr=False)
class Server:
    """A server that somebody else set up, as seen from the host. Has no `repr`: the key is in it."""

    host: str
    port: int
    secure: bool = False
    prefix: str = "/v1"
    key: str = ""
    model: str = ""  # "": the only one that it has


def server(url: str, *, key: str = "", model: str = "") -> Server:
    """From the address that the user gave.

    Raises:
        UsageError: no address of a server.
    """
    hint = "write it as the host sees it, for example http://127.0.0.1:8000/v1"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageError(f"`{url}` is not an address: {error}", hint=hint) from error
    if parts.scheme not in _PORTS or not parts.hostname or not _PLAIN.fullmatch(url):
        raise UsageError(f"`{url}` is not the address of a server", hint=hint)
    if parts.username or parts.password:
        raise UsageError("the server's address holds a user or a password", hint="give the key with `--api-key-file FILE`")
    if parts.query or parts.fragment:
        raise UsageError(f"`{url}` holds more than an address and a path", hint=hint)
    if port == 0:
        raise UsageError(f"`{url}` is not an address: nothing can listen on port 0", hint=hint)
    # Where no path is given, the one that all of them use.
    prefix = parts.path.rstrip("/") or "/v1"
    name = parts.hostname.replace("%25", "%", 1)  # of an IPv6 address with a zone
    return Server(name, port or _PORTS[parts.scheme], parts.scheme == "https", prefix, key, model)

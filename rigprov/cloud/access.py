"""Where a provider's API is, and the key to it. What can be wrong with either is found before anything is sent."""

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from rigprov.errors import UsageError


@dataclass(frozen=True)
class Api:
    """A provider's API.

    Args:
        name: the provider's, for messages.
        address: where its paths begin.
        token: sent as a bearer token, shown nowhere.
        needs: what the key must allow, for messages.
        key: the environment variable that holds it, for messages.
    """

    name: str
    address: str
    token: str = field(repr=False)
    needs: str
    key: str


def checked_address(address: str, option: str = "api_url") -> str:
    """The address without a slash at its end.

    Raises:
        UsageError: it is none, holds a password (which messages would show), or would send the key in the clear.
    """
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port  # a port that is none raises
        (host or "").encode("idna")  # and so does a name that no name server can be asked for
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in {"http", "https"} or not host or re.search(r"[\s\x00-\x1f\x7f]", address):
        raise UsageError(f"`{option}` is not an address", hint="it begins with https://")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise UsageError(f"`{option}` holds more than an address", hint="leave out what stands before `@` and after `?` or `#`")
    if parts.scheme == "http" and not _is_loopback(host):
        raise UsageError(f"`{option}` would send the API key unencrypted to {host}", hint="use https://")
    return address.rstrip("/")


def checked_token(token: str | None, name: str, key: str) -> str:
    """The key without blanks around it.

    Raises:
        UsageError: there is none, or it holds what no key holds. The message never shows it.
    """
    found = (token or "").strip()
    if not found:
        raise UsageError(f"there is no API key for {name}", hint=f"set {key}, or `api_key` in the inventory to a vaulted value")
    if not re.fullmatch(r"[\x21-\x7e]+", found):
        raise UsageError(f"the API key for {name} holds blanks or characters that no key has", hint=f"copy it anew into {key}")
    return found


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

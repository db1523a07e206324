"""SSH host keys: what OpenSSH's known_hosts files say of a host, and adding to them."""

import base64
import binascii
import hashlib
import shlex
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

from rigprov.errors import HostKeyError
from rigprov.facts.route import SSH_PORT, Route

_WRITING = threading.Lock()


@dataclass(frozen=True)
class KnownKey:
    """One line of a known_hosts file that speaks of the host."""

    type: str  # "ssh-ed25519"
    data: bytes
    file: str
    marker: str = ""  # "@revoked", "@cert-authority"


def fingerprint(data: bytes) -> str:
    """As `ssh-keygen -l` prints it: "SHA256:..."."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")


def known_keys(route: Route, name: str | None = None) -> tuple[KnownKey, ...]:
    """Lines for the host in the user's and the system's files, as OpenSSH matches them (hashed names, patterns, markers)."""
    files = (*route.known_hosts, *route.global_known_hosts)
    return tuple(key for file in files if Path(file).is_file() for key in _lookup(name or route.key_name, file))


def plain_name_keys(route: Route) -> tuple[KnownKey, ...]:
    """Keys under the name without its port: OpenSSH takes a match there too, but no mismatch."""
    return () if route.port == SSH_PORT or route.key_alias else known_keys(route, route.hostname)


def record(route: Route, key_type: str, data: bytes) -> str:
    """Append the key to the user's first known_hosts file and return its path.

    Raises:
        HostKeyError: there is no such file, or it cannot be written.
    """
    if not route.known_hosts:
        raise HostKeyError(
            f"the key of `{route.name}` cannot be recorded: no known_hosts file is set", hint="set UserKnownHostsFile"
        )
    file, name = route.known_hosts[0], route.key_name
    if route.hash_names:
        from paramiko import HostKeys

        name = HostKeys.hash_host(name)
    append(file, f"{name} {key_type} {base64.b64encode(data).decode()}\n", route.name)
    return file


def append(file: str, lines: str, host: str) -> None:
    """Add lines to a known_hosts file; made where it is not there.

    Raises:
        HostKeyError: it cannot be written.
    """
    path = Path(file)
    try:
        with _WRITING:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
            text = path.read_bytes()
            with path.open("ab") as stream:
                stream.write(b"\n" * (text != b"" and not text.endswith(b"\n")) + lines.encode())
    except OSError as error:
        raise HostKeyError(
            f"the key of `{host}` cannot be recorded in `{path}`: {error.strerror}", hint="make it writable"
        ) from None


def unknown(route: Route, key_type: str, data: bytes) -> HostKeyError:
    """A host never seen before."""
    return HostKeyError(
        f"the SSH key of `{route.name}` is not known: {key_type} {fingerprint(data)}",
        hint=f"ask the machine's own console for its fingerprint, and give that: `{_trust(route)}`",
    )


def revoked(route: Route, key_type: str, data: bytes) -> HostKeyError:
    """A key that the user or an administrator has withdrawn."""
    return HostKeyError(
        f"the SSH key of `{route.name}` is marked as revoked: {key_type} {fingerprint(data)}",
        hint="do not connect; ask whoever marked it in known_hosts",
    )


def changed(route: Route, keys: tuple[KnownKey, ...], key_type: str, data: bytes) -> HostKeyError:
    """A host whose key is not the one on record."""
    on_record = next((key for key in keys if key.type == key_type), keys[0])
    return HostKeyError(
        f"the SSH key of `{route.name}` has changed: on record {on_record.type} {fingerprint(on_record.data)}, "
        f"the host shows {key_type} {fingerprint(data)}",
        hint="if the machine was made anew, or its address is another's now, ask its own console for the fingerprint and give "
        f"that: `{_trust(route)}`; if not, stop",
    )


def _trust(route: Route) -> str:
    """The command that takes the key: a host of an inventory or of an ssh configuration is found only there."""
    found = [word for source in route.inventories for word in ("-i", source)]
    found += ["-F", route.config] if route.config else []
    return f"{shlex.join(['rigprov', 'trust', *found, route.name])} --fingerprint SHA256:..."


def matching(name: str, file: str) -> list[str]:
    """Lines of a known_hosts file that speak of a host, as OpenSSH matches them."""
    done = subprocess.run(  # noqa: S603  (no shell)
        ["ssh-keygen", "-F", name, "-f", file],  # noqa: S607  (the user's OpenSSH, wherever it lies)
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return [line for line in done.stdout.splitlines() if not line.startswith("#")]


def _lookup(name: str, file: str) -> list[KnownKey]:
    found = []
    for line in matching(name, file):
        words = line.split()
        marker = words.pop(0) if words and words[0].startswith("@") else ""
        if len(words) < 3:  # noqa: PLR2004  (names, type, key)
            continue
        try:
            found.append(KnownKey(words[1], base64.b64decode(words[2], validate=True), file, marker))
        except binascii.Error:
            continue  # OpenSSH skips such a line too
    return found

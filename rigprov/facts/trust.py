"""Which host key to accept: OpenSSH's known_hosts, brought into the one form that paramiko can match."""

import base64
from typing import TYPE_CHECKING

from rigprov.facts import host_keys
from rigprov.facts.connection import Access
from rigprov.facts.route import SSH_PORT, Route

if TYPE_CHECKING:
    from paramiko import Transport

_RSA = ("rsa-sha2-512", "rsa-sha2-256")  # signature algorithms of an `ssh-rsa` key


class Trust:
    """What is known of the host's key, in the one form that paramiko can match (it knows no patterns, markers or aliases)."""

    def __init__(self, route: Route, access: Access) -> None:
        self.route = route
        self.checked = route.strict != "false"
        found = host_keys.known_keys(route) if self.checked else ()
        self.known = tuple(key for key in found if not key.marker)
        self.revoked = {key.data for key in found if key.marker == "@revoked"}
        self.accept = self.checked and not self.known and (access.accept_new_host_key or route.strict == "accept-new")
        # A match without the port counts as known, but a mismatch there says nothing; so it is left out when accepting.
        self.fallback = host_keys.plain_name_keys(route) if self.checked and not self.known and not self.accept else ()

    @property
    def policy(self) -> str:
        """For pyinfra. The file it appends an accepted key to is temporary: `keep` writes the real one."""
        return "no" if not self.checked else "accept-new" if self.accept else "yes"

    def lines(self) -> str:
        """The known keys as a known_hosts file."""
        name = self.route.hostname if self.route.port == SSH_PORT else f"[{self.route.hostname}]:{self.route.port}"
        # Paramiko asks the host for the first type on file; prefer the one that OpenSSH prefers.
        keys = sorted((*self.known, *self.fallback), key=lambda key: key.type != "ssh-ed25519")
        return "".join(f"{name} {key.type} {base64.b64encode(key.data).decode()}\n" for key in keys if not key.marker)

    def algorithms(self) -> list[str]:
        """Host key algorithms to prefer, so that the host shows the key that is on record."""
        types = dict.fromkeys(key.type for key in (*self.known, *self.fallback))
        return [algorithm for kind in types for algorithm in (_RSA if kind == "ssh-rsa" else (kind,))]

    def keep(self, transport: "Transport") -> None:
        """Record an accepted key. A revoked one is refused, whatever else is on file."""
        key = transport.get_remote_server_key()
        if key.asbytes() in self.revoked:
            raise host_keys.revoked(self.route, key.get_name(), key.asbytes())
        if self.accept:
            host_keys.record(self.route, key.get_name(), key.asbytes())

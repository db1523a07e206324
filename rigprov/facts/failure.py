"""Why a connection failed, in words."""

import re
import shlex
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rigprov.errors import HostKeyError, RigprovError, UnreachableError
from rigprov.facts import host_keys
from rigprov.facts.host_keys import KnownKey
from rigprov.facts.route import Route

if TYPE_CHECKING:
    from paramiko import PKey

_FOLLOWS = re.compile(
    "kex_exchange_identification: Connection closed by remote host$|Connection closed by UNKNOWN port 65535$"
    "|Warning: Permanently added "
)


@dataclass(frozen=True)
class Attempt:
    """What is known of a connection that failed."""

    route: Route
    shown: "PKey | None"  # key that the host presented; None: it did not get that far
    known: tuple[KnownKey, ...]  # keys on record
    proxy_said: str  # stderr of the jump host's ssh
    agent_size: int  # keys in the ssh agent


def explain(error: BaseException, attempt: Attempt) -> RigprovError:
    """The error for the user."""
    from paramiko import AuthenticationException, PasswordRequiredException
    from paramiko.ssh_exception import BadHostKeyException

    route = attempt.route
    where = f"`{route.name}` ({route.hostname} port {route.port})"
    if attempt.shown is not None and (isinstance(error, BadHostKeyException) or "No host key for" in str(error)):
        return _host_key(attempt, attempt.shown)
    if isinstance(error, PasswordRequiredException) or "encrypted" in str(error):
        return UnreachableError(f"the private key for {where} is encrypted", hint="unlock it once with `ssh-add`")
    # Paramiko raises the plain class where it had no key at all to offer.
    if isinstance(error, AuthenticationException) or "No authentication methods" in str(error):
        reason = f"{where} refused user `{route.user}`; tried {_tried(attempt)}"
    elif attempt.proxy_said:
        reason = f"{where}: the way through the jump host failed: {_cause(attempt.proxy_said)[-1]}"
    else:
        reason = f"{where} {_network(error)}"
    return UnreachableError(reason, hint=f"`{shlex.join(route.command)}` must work first")


def _host_key(attempt: Attempt, shown: "PKey") -> RigprovError:
    if attempt.known:
        return host_keys.changed(attempt.route, attempt.known, shown.get_name(), shown.asbytes())
    if any(key.marker == "@cert-authority" for key in host_keys.known_keys(attempt.route)):
        return HostKeyError(
            f"`{attempt.route.name}` is known by a certificate authority only, which rigprov cannot check; "
            f"its key is {shown.get_name()} {host_keys.fingerprint(shown.asbytes())}",
            hint="compare it with the host's own, then run again with `--accept-new-host-key`",
        )
    return host_keys.unknown(attempt.route, shown.get_name(), shown.asbytes())


def _tried(attempt: Attempt) -> str:
    parts = [f"`{path}`" for path in attempt.route.identity_files]
    if attempt.agent_size:
        parts.append(f"{attempt.agent_size} key(s) of the ssh agent")
    return ", ".join(parts) or "no key, since there is none"


def _network(error: BaseException) -> str:
    from paramiko.ssh_exception import NoValidConnectionsError

    if isinstance(error, NoValidConnectionsError):  # one error per address; the last tells as much as any
        error = list(error.errors.values())[-1]
    if isinstance(error, socket.gaierror | UnicodeError):  # UnicodeError: no name server can be asked for such a name
        return "cannot be found: the name does not resolve"
    if isinstance(error, ConnectionRefusedError):
        return "refuses the connection: no SSH server listens there"
    if isinstance(error, TimeoutError):
        return "does not answer: the connection timed out"
    if "banner" in str(error):
        return "answers, but not as an SSH server"
    if isinstance(error, EOFError | ConnectionError):
        return "closed the connection at once"
    return f"cannot be reached: {str(error) or type(error).__name__}"


def turned_away(said: str) -> bool:
    """Whether a jump host closed the connection before it asked who is there, by what its ssh said (`MaxStartups`)."""
    return bool(re.search(r"Connection (reset|closed) by|kex_exchange_identification", "\n".join(_cause(said))))


def _cause(said: str) -> list[str]:
    """Lines of several jump hosts' ssh without those that only say that the one before came to its end, where others say why."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return [line for line in lines if not _FOLLOWS.match(line)] or lines

"""Causes in words."""

import errno
import socket
from collections.abc import Callable
from dataclasses import replace

import paramiko
import pytest
from paramiko.ssh_exception import BadHostKeyException, NoValidConnectionsError

from rigprov.errors import HostKeyError, UnreachableError
from rigprov.facts import host_keys
from rigprov.facts.failure import Attempt, explain, turned_away
from rigprov.facts.host_keys import KnownKey
from rigprov.facts.route import Route

ROUTE = Route(
    name="rig",
    hostname="10.0.0.7",
    port=22,
    user="ops",
    identity_files=(),
    identities_only=False,
    identity_agent=None,
    strict="ask",
    known_hosts=(),
    global_known_hosts=(),
    hash_names=False,
    key_name="10.0.0.7",
    key_alias=False,
    proxy=None,
    keepalive_s=0,
    command=("ssh", "-F", "my config", "rig"),
)
PLAIN = Attempt(ROUTE, None, (), "", 0)
WHERE = "`rig` (10.0.0.7 port 22)"
# What the ssh to a second jump host says when the one to the first has ended.
SECOND_HOP = "kex_exchange_identification: Connection closed by remote host\r\nConnection closed by UNKNOWN port 65535\r\n"


@pytest.mark.parametrize(
    ("error", "attempt", "message"),
    [
        (socket.gaierror(-2, "x"), PLAIN, f"{WHERE} cannot be found: the name does not resolve"),
        (UnicodeError("label too long"), PLAIN, f"{WHERE} cannot be found: the name does not resolve"),
        (ConnectionRefusedError(), PLAIN, f"{WHERE} refuses the connection: no SSH server listens there"),
        (
            NoValidConnectionsError({("10.0.0.7", 22): ConnectionRefusedError()}),
            PLAIN,
            f"{WHERE} refuses the connection: no SSH server listens there",
        ),
        (TimeoutError(), PLAIN, f"{WHERE} does not answer: the connection timed out"),
        (paramiko.SSHException("Error reading SSH protocol banner"), PLAIN, f"{WHERE} answers, but not as an SSH server"),
        (EOFError(), PLAIN, f"{WHERE} closed the connection at once"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), PLAIN, f"{WHERE} cannot be reached: [Errno 113] No route to host"),
        (paramiko.SSHException(""), PLAIN, f"{WHERE} cannot be reached: SSHException"),
        (
            paramiko.AuthenticationException("x"),
            replace(PLAIN, route=replace(ROUTE, identity_files=("/a", "/b")), agent_size=2),
            f"{WHERE} refused user `ops`; tried `/a`, `/b`, 2 key(s) of the ssh agent",
        ),
        (
            paramiko.SSHException("No authentication methods available"),
            PLAIN,
            f"{WHERE} refused user `ops`; tried no key, since there is none",
        ),
        (
            EOFError(),
            replace(PLAIN, proxy_said="Warning: x\nHost key verification failed."),
            f"{WHERE}: the way through the jump host failed: Host key verification failed.",
        ),
        (
            EOFError(),
            replace(PLAIN, proxy_said=f"ssh: connect to host a port 1: Connection refused\r\n{SECOND_HOP}"),
            f"{WHERE}: the way through the jump host failed: ssh: connect to host a port 1: Connection refused",
        ),
    ],
)
def test_cause(error: BaseException, attempt: Attempt, message: str) -> None:
    found = explain(error, attempt)
    assert (str(found), type(found), found.hint) == (message, UnreachableError, "`ssh -F 'my config' rig` must work first")


def test_encrypted_key() -> None:
    found = explain(paramiko.PasswordRequiredException("x"), PLAIN)
    assert (str(found), found.hint) == (f"the private key for {WHERE} is encrypted", "unlock it once with `ssh-add`")


@pytest.fixture(scope="module")
def shown() -> paramiko.PKey:
    return paramiko.ECDSAKey.generate()


def unknown(key: paramiko.PKey) -> BaseException:
    return paramiko.SSHException("StrictPolicy: No host key for 10.0.0.7 found in known_hosts")


def differs(key: paramiko.PKey) -> BaseException:
    return BadHostKeyException("10.0.0.7", key, key)


@pytest.mark.parametrize(
    ("make", "known", "start"),
    [
        (unknown, (), "the SSH key of `rig` is not known: "),
        (differs, (KnownKey("ssh-ed25519", b"x", "/k"),), "the SSH key of `rig` has changed: "),
        # Another type on record: a recreated machine, or someone in between, but no newcomer.
        (unknown, (KnownKey("ssh-ed25519", b"x", "/k"),), "the SSH key of `rig` has changed: "),
        # A mismatch under the name without its port says nothing of this port.
        (differs, (), "the SSH key of `rig` is not known: "),
    ],
)
def test_host_key(
    shown: paramiko.PKey, make: Callable[[paramiko.PKey], BaseException], known: tuple[KnownKey, ...], start: str
) -> None:
    found = explain(make(shown), replace(PLAIN, shown=shown, known=known))
    assert isinstance(found, HostKeyError)
    assert str(found).startswith(start)
    assert host_keys.fingerprint(shown.asbytes()) in str(found)


@pytest.mark.parametrize(
    ("said", "again"),
    [
        ("Connection reset by 10.0.0.1 port 22", True),
        ("kex_exchange_identification: read: Connection reset by peer\nConnection closed by 10.0.0.1 port 22", True),
        ("Host key verification failed.", False),
        (f"Host key verification failed.\r\n{SECOND_HOP}", False),
        (
            f"kex_exchange_identification: read: Connection reset by peer\nConnection reset by 10.0.0.1 port 22\n{SECOND_HOP}",
            True,
        ),
        (f"Warning: Permanently added '10.0.0.1' (ED25519) to the list of known hosts.\n{SECOND_HOP}", True),
        ("ops@gate: Permission denied (publickey).", False),
        ("channel 0: open failed: connect failed: Connection refused\nstdio forwarding failed", False),
        ("", False),
    ],
)
def test_a_jump_host_that_turns_away_is_tried_again(said, again):
    assert turned_away(said) is again

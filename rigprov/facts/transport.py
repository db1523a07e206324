"""Getting a wrapped script to a machine and its output back, within a time limit."""

import os
import signal
import subprocess
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rigprov.errors import UnreachableError
from rigprov.facts.connection import Access
from rigprov.facts.libraries import load
from rigprov.facts.route import Route
from rigprov.facts.wrapper import Wrapped
from rigprov.model.target import Target

if TYPE_CHECKING:
    from paramiko import Channel

_CHUNK = 65536
# Set when the first host has got its script: from then on this process waits, and has time for other things.
waiting = threading.Event()


@dataclass(frozen=True)
class Raw:
    """Exit status and output, undecodable bytes replaced."""

    rc: int
    stdout: str
    stderr: str


def run_remote(target: Target, route: Route, access: Access, wrapped: Wrapped, timeout_s: float) -> Raw:
    """Over one new SSH connection.

    Raises:
        UnreachableError: no connection, a broken one, or no end within the limit.
    """
    load()
    from paramiko import SSHException

    from rigprov.facts.link import connect

    with connect(target, route, access) as transport:
        try:
            channel = transport.open_session(timeout=access.connect_timeout_s)
            return _exchange(channel, wrapped, target, timeout_s)
        except (SSHException, EOFError, OSError) as error:
            if isinstance(error, UnreachableError):
                raise
            raise _broken(target) from error


def _exchange(channel: "Channel", wrapped: Wrapped, target: Target, timeout_s: float) -> Raw:
    expired = threading.Event()
    errors: list[bytes] = []

    def give_up() -> None:
        expired.set()
        channel.close()

    def read_errors() -> None:
        while chunk := channel.recv_stderr(_CHUNK):
            errors.append(chunk)

    timer = threading.Timer(timeout_s, give_up)
    timer.daemon = True
    timer.start()
    try:
        channel.exec_command(wrapped.command)
        side = threading.Thread(target=read_errors, daemon=True)
        side.start()
        channel.sendall(wrapped.stdin)
        channel.shutdown_write()
        waiting.set()
        output = bytearray()
        while chunk := channel.recv(_CHUNK):
            output += chunk
        side.join()
        rc = channel.recv_exit_status()
    except OSError:
        if expired.is_set():
            raise _late(target, timeout_s) from None
        raise
    finally:
        timer.cancel()
        channel.close()
    if expired.is_set():
        raise _late(target, timeout_s)
    if rc == -1:  # paramiko: the channel closed without a status
        raise _broken(target)
    return Raw(rc, output.decode(errors="replace"), b"".join(errors).decode(errors="replace"))


def run_local(target: Target, wrapped: Wrapped, timeout_s: float) -> Raw:
    """On this machine."""
    process = subprocess.Popen(  # noqa: S603
        ["sh", "-c", wrapped.command],  # noqa: S607  (POSIX sh, as on every other host)
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    with process:
        try:
            output, errors = process.communicate(wrapped.stdin, timeout=timeout_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # the session that was made above, nothing else
            process.communicate()
            raise _late(target, timeout_s) from None
    return Raw(process.returncode, output.decode(errors="replace"), errors.decode(errors="replace"))


def _late(target: Target, timeout_s: float) -> UnreachableError:
    return UnreachableError(
        f"`{target.name}` did not finish within {timeout_s:g} s", hint="look whether the machine is overloaded or hangs"
    )


def _broken(target: Target) -> UnreachableError:
    return UnreachableError(f"the connection to `{target.name}` broke", hint="run again")

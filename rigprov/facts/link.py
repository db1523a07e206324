"""One SSH connection to one host, made by pyinfra with the settings that OpenSSH gave (see `route`)."""

import logging
import random
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rigprov.errors import UnreachableError
from rigprov.facts.connection import Access, ssh_password
from rigprov.facts.failure import Attempt, explain, turned_away
from rigprov.facts.route import Route
from rigprov.facts.scratch import scratch
from rigprov.facts.trust import Trust
from rigprov.model.target import Target

if TYPE_CHECKING:
    from paramiko import PKey, Transport

_PAUSES_S = (0.5, 1.0, 2.0)  # before each further try


@contextmanager
def connect(target: Target, route: Route, access: Access) -> Iterator["Transport"]:
    """An authenticated connection, closed on leaving.

    Raises:
        HostKeyError: the host's key is unknown or has changed.
        UnreachableError: no connection, with the cause in words.
    """
    for name in ("pyinfra", "paramiko"):  # their records would reach stderr unasked; causes are told by `explain`
        logging.getLogger(name).addHandler(logging.NullHandler())
        logging.getLogger(name).propagate = False
    with scratch("ssh") as folder:
        keys = Trust(route, access)
        connection = _Connection(target, route, access, keys, folder)
        try:
            transport = _opened(connection)
            keys.keep(transport)
            yield transport
        finally:
            connection.close()


def _opened(connection: "_Connection") -> "Transport":
    """Once more where the jump host turned the connection away: its sshd does when many knock at a time."""
    for pause in _PAUSES_S:
        try:
            return connection.open()
        except UnreachableError:
            if not turned_away(connection.proxy_words()):
                raise
            connection.close()
            time.sleep(pause * (1 + random.random()))  # noqa: S311 - no secret: they must not all come back at once
    return connection.open()


class _Connection:
    """A pyinfra host, and what has to be put away after it."""

    def __init__(self, target: Target, route: Route, access: Access, keys: Trust, folder: Path) -> None:
        self.target, self.route, self.access, self.keys = target, route, access, keys
        self.folder = folder
        self.proxy: Any = None
        self.host: Any = None

    def open(self) -> "Transport":
        from paramiko import SSHException
        from pyinfra.api.config import Config
        from pyinfra.api.exceptions import ConnectError
        from pyinfra.api.inventory import Inventory
        from pyinfra.api.state import State

        inventory = Inventory(([("target", self._data())], {}))  # type: ignore[no-untyped-call]  # pyinfra is typed in part
        limit = max(1, round(self.access.connect_timeout_s))
        State(inventory, Config(CONNECT_TIMEOUT=limit))  # type: ignore[no-untyped-call]
        self.host = inventory.get_host("target")
        try:
            self.host.connect(show_errors=False, raise_exceptions=True)
        except (ConnectError, SSHException, OSError, EOFError, UnicodeError) as error:
            cause = error.__context__ if isinstance(error, ConnectError) and error.__context__ else error
            known = Attempt(self.route, self._shown_key(), self.keys.known, self.proxy_words(), self._agent_size())
            raise explain(cause, known) from error
        transport: Transport = self._client().get_transport()
        if self.route.keepalive_s:
            transport.set_keepalive(self.route.keepalive_s)
        return transport

    def close(self) -> None:
        client = self._client()
        if client is not None:
            client.close()
        if self.proxy is not None:
            with suppress(OSError):
                self.proxy.close()
            for stream in (self.proxy.process.stdin, self.proxy.process.stdout, self.proxy.process.stderr):
                stream.close()
            self.proxy.process.wait()

    def _client(self) -> Any:
        return self.host.connector.client if self.host is not None else None

    def _shown_key(self) -> "PKey | None":
        from paramiko import SSHException

        transport = self._client().get_transport() if self._client() is not None else None
        try:
            return transport.get_remote_server_key() if transport is not None else None
        except SSHException:
            return None  # it did not get that far

    def proxy_words(self) -> str:
        """What the ssh of the jump host said."""
        file = self.folder / "proxy"
        return file.read_text(encoding="utf-8", errors="replace").strip() if file.exists() else ""

    def _agent_size(self) -> int:
        return 0 if self.route.identity_agent == "none" else len(_agent_keys())

    def _data(self) -> dict[str, object]:
        known = self.folder / "known_hosts"
        known.write_text(self.keys.lines(), encoding="utf-8")
        data: dict[str, object] = {
            "ssh_hostname": self.route.hostname,
            "ssh_port": self.route.port,
            "ssh_user": self.route.user,
            "ssh_config_file": "/dev/null",  # all of it is in the settings already
            "ssh_known_hosts_file": str(known),
            "ssh_strict_host_key_checking": self.keys.policy,
            "ssh_paramiko_connect_kwargs": self._paramiko(),
        }
        if password := ssh_password(self.target):
            data["ssh_password"] = password
        return data

    def _paramiko(self) -> dict[str, object]:
        from paramiko import ProxyCommand, Transport

        def transport(*args: Any, **kwargs: Any) -> Transport:
            made = Transport(*args, **kwargs)
            options = made.get_security_options()
            wanted = [name for name in self.keys.algorithms() if name in options.key_types]
            options.key_types = [*wanted, *(name for name in options.key_types if name not in wanted)]
            return made

        found: dict[str, object] = {
            "transport_factory": transport,
            "banner_timeout": self.access.connect_timeout_s,
            "auth_timeout": 3 * self.access.connect_timeout_s,  # PAM modules may take their time
            "key_filename": [path for path in self.route.identity_files if Path(path).is_file()],
            "allow_agent": self.route.identity_agent != "none" and not self.route.identities_only,
            "look_for_keys": False,  # OpenSSH named the default files already
        }
        if self.route.identities_only and (key := self._agent_key()) is not None:
            found["pkey"] = key
        if self.route.proxy is not None:
            quiet = f"exec {self.route.proxy} 2>{shlex.quote(str(self.folder / 'proxy'))}"
            self.proxy = found["sock"] = ProxyCommand(shlex.join(["sh", "-c", quiet]))
            # Paramiko's own kills by number, whoever has that by now, and fails in a thread of its own where nobody has.
            self.proxy.close = self.proxy.process.terminate
        return found

    def _agent_key(self) -> "PKey | None":
        """The agent's key that belongs to one of the identity files, which may be public halves only."""
        if self.route.identity_agent == "none":
            return None
        wanted = {path.read_text().split()[1] for name in self.route.identity_files if (path := _public(name)).is_file()}
        return next((key for key in _agent_keys() if key.get_base64() in wanted), None)


def _agent_keys() -> "tuple[PKey, ...]":
    from paramiko import Agent

    return Agent().get_keys()  # the keys sign through this connection, which closes with them


def _public(name: str) -> Path:
    return Path(name if name.endswith(".pub") else name + ".pub")

"""An engine of our own beside the service: own port, own key, no trace left."""

from __future__ import annotations

import contextlib
import grp
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from typing import Any

from rigprov.verify.host.failure import Failed
from rigprov.verify.host.server import Server

HOST = "127.0.0.1"
_LOG_LINES = 1500
_OTHER_CPU = "it uses instructions that this machine lacks: take a build made for it (--set llm_runtime.source=build)"


def free_port() -> int:
    """A TCP port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def owner(key: str) -> tuple[int, int]:
    """User and group that the engine runs as: those who may read the service's key; ours where there is none."""
    try:
        name = grp.getgrgid(os.stat(key).st_gid).gr_name  # noqa: PTH116
        account = pwd.getpwnam(name)  # the role makes user and group of one name
    except (OSError, KeyError):
        return os.getuid(), os.getgid()
    return account.pw_uid, account.pw_gid


class Engine:
    """One engine process.

    Args:
        command: program and first arguments; the path of the configuration file is appended.
        config: as in `server.json`; `host`, `port` and `key_file` are set here.
        account: user and group that the command will run the engine as.
    """

    def __init__(self, command: list[str], config: dict[str, Any], account: tuple[int, int]) -> None:
        self._command, self._config, self._account = command, config, account
        self._folder = ""
        self._process: subprocess.Popen[bytes] | None = None
        self.key = secrets.token_hex(32)
        self.port = free_port()
        self.server = Server(HOST, self.port, self.key)

    @property
    def pid(self) -> int:
        """Of the process; 0 before the start."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Starts it; doesn't wait for the model.

        Raises:
            Failed: the command cannot be run.
        """
        self._folder = tempfile.mkdtemp(prefix="rigprov-verify-")
        os.chmod(self._folder, 0o711)  # noqa: S103, PTH101 (the engine's user must get through to its files)
        key_file, config_file = self._path("key"), self._path("server.json")
        _write(key_file, self.key, self._account)
        content = {**self._config, "host": HOST, "port": self.port, "key_file": key_file}
        _write(config_file, json.dumps(content), self._account)
        env = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "RIGPROV_SUPERVISOR": str(os.getpid())}
        env.update({name: value for name, value in os.environ.items() if name.startswith(("LD_LIBRARY", "CUDA_", "GGML_"))})
        try:
            with open(self._path("log"), "wb") as log:  # noqa: PTH123
                self._process = subprocess.Popen(  # noqa: S603
                    [*self._command, config_file],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=env,
                    cwd="/",
                    start_new_session=True,
                )
        except OSError as error:
            said = f"{self._command[0]} cannot be run ({error.strerror}): no engine was set up"
            raise Failed("configuration", said, fix="run `rigprov apply` first: it sets the engine up") from error

    def wait(self, limit_s: float) -> float:
        """Waits until the model is loaded, and returns the seconds that it took.

        Raises:
            Failed: it ended, or was not ready in time.
        """
        began = time.monotonic()
        while not self.server.healthy():
            time.sleep(0.1)
            if self._process is None or self._process.poll() is not None:
                raise self._never_ready()
            if time.monotonic() - began > limit_s:
                raise Failed("engine", f"the engine did not get ready within {limit_s:.0f} s", self.log()[-12:])
        return time.monotonic() - began

    def _never_ready(self) -> Failed:
        """Of an engine that a signal ended the log says nothing."""
        code = self._process.returncode if self._process else 0
        how = f" ({self.ended()})" if code < 0 else ""
        fix = _OTHER_CPU if code == -signal.SIGILL else ""
        return Failed("engine", f"the engine ended before it had loaded the model{how}", self.log()[-12:], fix=fix)

    def ended(self, within_s: float = 0.0) -> str:
        """How the process ended, in words; "" while it runs.

        Args:
            within_s: how long to wait for that; a process that dies closes its connections first.
        """
        if self._process is None:
            return ""
        try:
            code = self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            return ""
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    def log(self) -> list[str]:
        """What it wrote so far."""
        try:
            with open(self._path("log"), encoding="utf-8", errors="replace") as file:  # noqa: PTH123
                return file.read().splitlines()[:_LOG_LINES]
        except OSError:
            return []

    def stop(self) -> None:
        """Ends it, politely first, and removes its files."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._folder:
            with contextlib.suppress(OSError):
                shutil.rmtree(self._folder)

    def _path(self, name: str) -> str:
        return os.path.join(self._folder, name)  # noqa: PTH118


def _write(path: str, content: str, account: tuple[int, int]) -> None:
    """A new file that only the engine's user can read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
    if os.getuid() == 0:
        os.chown(path, *account)

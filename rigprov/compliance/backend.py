"""How `rigprov check` reaches a host: OpenSSH with one shared connection, and sudo as the probe found it to work.

testinfra's own ssh backend takes neither a sudo password nor options of ssh's but one file's.
"""

import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

from testinfra.backend.base import BaseBackend, CommandResult

NAME = "rigprov"
SETTINGS = "RIGPROV_CHECK_CONNECTION"  # file with the connection's settings: it may hold a password, so no argument


class RigprovBackend(BaseBackend):  # type: ignore[misc]  # testinfra counts as untyped here
    """Settings: `ssh` (words before the command; empty: this machine), `how` (see `ScriptResult.how`), `password`."""

    NAME = NAME

    def __init__(self, hostname: str, *args: Any, **kwargs: Any) -> None:
        settings = json.loads(Path(os.environ[SETTINGS]).read_text(encoding="utf-8"))
        self._ssh: list[str] = settings["ssh"]
        self._how: str = settings["how"]
        self._password: str = settings["password"]
        super().__init__(hostname)

    def run(self, command: str, *args: str, **kwargs: Any) -> CommandResult:
        """Run as root."""
        words = ["sh", "-c", self.quote(command, *args)]
        if self._how == "sudo":
            words = ["sudo", "-n", *words]
        elif self._how == "sudo-password":
            words = ["sudo", "-S", "-p", "", *words]
        stdin = f"{self._password}\n".encode() if self._how == "sudo-password" else b""
        line = [*self._ssh, shlex.join(words)] if self._ssh else words
        done = subprocess.run(line, input=stdin, capture_output=True, check=False)  # noqa: S603  (the user's own ssh and sudo)
        if self._ssh and done.returncode == 255:  # noqa: PLR2004  (OpenSSH's own failure)
            raise ConnectionError(done.stderr.decode(errors="replace").strip() or "ssh ended with status 255")
        return self.result(done.returncode, command.encode(), done.stdout, done.stderr)

"""How `rigprov check` reaches a host: one OpenSSH connection with one root shell in it, which answers all commands in turn.

testinfra's own ssh backend starts ssh and sudo for each command, and takes neither a sudo password nor ssh's options.
"""

import json
import os
import secrets
import shlex
import subprocess
import threading
from pathlib import Path
from typing import IO, Any

from testinfra.backend.base import BaseBackend, CommandResult

NAME = "rigprov"
SETTINGS = "RIGPROV_CHECK_CONNECTION"  # file with the connection's settings: it may hold a password, so no argument
# sudo may not ask for the password that was sent: whatever stands before the mark is not run.
_BEGIN = 'while IFS= read -r line; do [ "$line" = {mark} ] && break; done; exec sh'
_TAKEN_OVER = {"root": [], "sudo": ["sudo", "-n"], "sudo-password": ["sudo", "-S", "-p", ""]}


class RigprovBackend(BaseBackend):  # type: ignore[misc]  # testinfra counts as untyped here
    """Settings: `ssh` (words before the command; empty: this machine), `how` (see `ScriptResult.how`), `password`."""

    NAME = NAME

    def __init__(self, hostname: str, *args: Any, **kwargs: Any) -> None:
        self._settings = json.loads(Path(os.environ[SETTINGS]).read_text(encoding="utf-8"))
        self._shell: Shell | None = None
        super().__init__(hostname)

    def run(self, command: str, *args: str, **kwargs: Any) -> CommandResult:
        """Run as root."""
        if self._shell is None:
            self._shell = Shell(self._settings["ssh"], self._settings["how"], self._settings["password"])
        wanted = self.quote(command, *args)
        return self.result(*self._shell.run(wanted, wanted.encode()))


class Shell:
    """A root shell on the host. Its errors and its output end at a mark after each command."""

    def __init__(self, ssh: list[str], how: str, password: str) -> None:
        self._mark = f"rigprov-{secrets.token_hex(12)}"
        words = [*_TAKEN_OVER[how], "sh", "-c", _BEGIN.format(mark=self._mark)]
        line = [*ssh, shlex.join(words)] if ssh else words
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(line, stdin=pipe, stdout=pipe, stderr=pipe)  # noqa: S603  (the user's own ssh and sudo)
        self._send((f"{password}\n" if how == "sudo-password" else "") + f"{self._mark}\n")

    def run(self, command: str, name: bytes) -> tuple[int, bytes, bytes, bytes]:
        """Exit status, the command as it is named in reports, output and errors.

        Raises:
            ConnectionError: the shell is gone.
        """
        ends = f"printf '\\n%s %s\\n' {self._mark} $?; printf '\\n%s\\n' {self._mark} >&2\n"
        self._send(f"sh -c {shlex.quote(command)} </dev/null\n{ends}")
        errors: list[bytes] = []
        side = threading.Thread(target=lambda: errors.append(self._until_mark(self._process.stderr)[0]), daemon=True)
        side.start()
        output, last = self._until_mark(self._process.stdout)
        side.join()
        if last is None:
            said = errors[0].decode(errors="replace").strip().splitlines()
            raise ConnectionError(said[-1] if said else f"ssh ended with status {self._process.wait()}")
        return int(last), name, output, errors[0]

    def _send(self, text: str) -> None:
        assert self._process.stdin is not None  # noqa: S101  (it is a pipe)
        try:
            self._process.stdin.write(text.encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            return  # `run` finds the end of the output, with what ssh said

    def _until_mark(self, stream: IO[bytes] | None) -> tuple[bytes, str | None]:
        """What came before the mark, and the word behind it; None: the stream ended first."""
        lines: list[bytes] = []
        for line in stream or ():
            head, _, word = line.decode(errors="replace").rstrip("\n").partition(" ")
            if head == self._mark:
                return b"".join(lines)[:-1], word  # the line feed before the mark is ours
            lines.append(line)
        return b"".join(lines), None

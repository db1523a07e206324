"""The shell code around a script: becomes root where asked, and marks where the script's own output begins.

The command line carries no secret and no script; both go in by standard input. One round trip: the host decides.
"""

import secrets
import shlex
from dataclasses import dataclass
from typing import Literal

# Lines on standard input: password (may be empty), then the script.
# `run` reads up to a line of its own before it runs the rest, so that a password which sudo did not ask for is never run.
_WRAPPER = r"""
IFS= read -r password
mark=@MARK@ need=@NEED@ user=$(id -un 2>/dev/null || id -u) how=none why=
script=$(cat)
run='while IFS= read -r line; do [ "$line" = @MARK@ ] && break; done; exec sh'
if [ "$(id -u)" = 0 ]; then how=root
elif [ "$need" = no ]; then why='root was not asked for'
elif ! command -v sudo >/dev/null 2>&1; then why='sudo is not installed'
elif sudo -n sh -c : </dev/null >/dev/null 2>&1; then how=sudo
elif [ -z "$password" ]; then why='sudo asks for a password'
elif printf '%s\n' "$password" | sudo -S -p '' sh -c : >/dev/null 2>&1; then how=sudo-password
else why='sudo did not take the password, or the user may not use it'
fi
[ "$how" = none ] && [ "$need" = yes ] && how=refused
printf '\n%s %s %s %s\n' "$mark" "$how" "$user" "$why"
case $how in
refused) exit 1 ;;
sudo) { echo "$mark"; printf '%s\n' "$script"; } | sudo -n sh -c "$run" ;;
sudo-password) { printf '%s\n' "$password"; echo "$mark"; printf '%s\n' "$script"; } | sudo -S -p '' sh -c "$run" ;;
*) printf '%s\n' "$script" | sh ;;
esac
"""


@dataclass(frozen=True)
class Header:
    """What the wrapper told, and the script's output after it."""

    how: str
    user: str
    why: str
    stdout: str


@dataclass(frozen=True)
class Wrapped:
    """A command line and its standard input."""

    command: str
    stdin: bytes
    mark: str
    has_password: bool

    def split(self, stdout: str) -> Header | None:
        """None: the wrapper never ran. What stands before its mark comes from login files and is dropped."""
        _, found, rest = stdout.partition(f"\n{self.mark} ")
        if not found:
            return None
        line, _, output = rest.partition("\n")
        how, user, why = [*line.split(" ", 2), "", ""][:3]
        return Header(how, user, why, output)


def wrap(script: str, *, root: bool | Literal["try"], password: str | None) -> Wrapped:
    """Wrap a script. The braces make `sh` read all of it first, so that no command can eat the rest as its input."""
    mark = f"rigprov-{secrets.token_hex(12)}"
    need = {True: "yes", False: "no", "try": "try"}[root]
    code = _WRAPPER.replace("@MARK@", mark).replace("@NEED@", need)
    body = f"{password or ''}\n{{\n{script}\n}} </dev/null\n"
    return Wrapped(f"exec sh -c {shlex.quote(code)}", body.encode(), mark, bool(password))

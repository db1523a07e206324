"""The host keys that a machine shows, asked with the user's own `ssh`, so that jump hosts and settings work; nothing is kept."""

import base64
import hashlib
import re
import subprocess
import tempfile
from pathlib import Path

from rigprov.errors import HostKeyError, UnreachableError, UsageError
from rigprov.facts import host_keys
from rigprov.facts.host_keys import KnownKey, fingerprint
from rigprov.facts.route import Route

# One question each: a server shows one key a connection. As OpenSSH prefers them.
_ALGORITHMS = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512,rsa-sha2-256")
_LIMIT_S = 30.0
_SHA256 = re.compile(r"(?:SHA256:)?([A-Za-z0-9+/]{43})=?")
_MD5 = re.compile(r"(?:MD5:)?((?:[0-9a-fA-F]{2}:){15}[0-9a-fA-F]{2})")


def normal(text: str) -> str:
    """A fingerprint as people copy it, in the form that `shows` compares: "SHA256:..." or "MD5:..".

    Raises:
        UsageError: it is no fingerprint.
    """
    if found := _SHA256.fullmatch(text.strip()):
        return f"SHA256:{found[1]}"
    if found := _MD5.fullmatch(text.strip()):
        return f"MD5:{found[1].lower()}"
    raise UsageError(
        f"`{text}` is no fingerprint of a host key",
        hint="`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the machine prints one: SHA256: and 43 characters",
    )


def shows(data: bytes, wanted: str) -> bool:
    """Whether a key has that fingerprint, in the form of `normal`."""
    if wanted.startswith("MD5:"):
        plain = hashlib.md5(data, usedforsecurity=False).hexdigest()
        return wanted == "MD5:" + ":".join(plain[at : at + 2] for at in range(0, len(plain), 2))
    return wanted == fingerprint(data)


def ask(route: Route, wanted: str | None) -> tuple[KnownKey, ...]:
    """The keys that the host shows, until one has the wanted fingerprint (None: the one that OpenSSH prefers).

    Raises:
        UnreachableError: the host shows none.
    """
    found: list[KnownKey] = []
    said = ""
    for algorithms in _ALGORITHMS:
        key, said = _one(route, algorithms)
        if key is None and "no matching host key type" not in said:
            break  # it does not answer, and would not the next time
        if key is None:
            continue
        found.append(key)
        if wanted is None or shows(key.data, wanted):
            break
    if not found:
        where = f"`{route.name}` ({route.hostname} port {route.port})"
        raise UnreachableError(f"{where} shows no host key: {said or 'no reason given'}", hint="check its address and its port")
    return tuple(found)


def forget(route: Route, keys: tuple[KnownKey, ...]) -> None:
    """Remove what is on record under the host's name, and under no other. `ssh-keygen` leaves the file before as FILE.old.

    Raises:
        HostKeyError: a key is on record in a file that is not the user's, or the file cannot be changed.
    """
    for file in dict.fromkeys(key.file for key in keys):
        if file not in route.known_hosts:
            raise HostKeyError(
                f"another key of `{route.name}` is on record in `{file}`, which is not yours", hint="ask whoever keeps that file"
            )
    for file in dict.fromkeys(key.file for key in keys):
        host_keys.append(file, _of_others(file, route.key_name), route.name)  # first: what is cut off here loses nothing
        done = subprocess.run(  # noqa: S603  (no shell)
            ["ssh-keygen", "-f", file, "-R", route.key_name],  # noqa: S607  (the user's OpenSSH, wherever it lies)
            capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode:
            words = done.stderr.strip().splitlines() or ["no reason given"]
            raise HostKeyError(f"the old key of `{route.name}` cannot be removed from `{file}`: {words[-1]}")


def _of_others(file: str, name: str) -> str:
    """For the other hosts of lines that name several, or a pattern: `ssh-keygen -R` takes the whole line."""
    found = []
    for line in host_keys.matching(name, file):
        names, _, key = line.partition(" ")
        others = [each for each in names.split(",") if each != name]
        if any(set("*?") & set(each) for each in others):
            others.insert(0, f"!{name}")
        if others and not names.startswith(("@", "|")):
            found.append(f"{','.join(others)} {key}\n")
    return "".join(found)


def _one(route: Route, algorithms: str) -> tuple[KnownKey | None, str]:
    """The key of one kind, and what `ssh` said last. It is refused right after: no way to log in is tried."""
    with tempfile.TemporaryDirectory(prefix="rigprov-") as folder:
        file = Path(folder, "shown")
        own = {
            "UserKnownHostsFile": file,
            "GlobalKnownHostsFile": "/dev/null",
            "StrictHostKeyChecking": "accept-new",
            "HostKeyAlgorithms": algorithms,
            "PreferredAuthentications": "none",
            "UpdateHostKeys": "no",
            "HashKnownHosts": "no",
            "BatchMode": "yes",
            "ControlPath": "none",  # a connection that is open already shows no key
            "ConnectTimeout": 10,
        }
        words = [part for key, value in own.items() for part in ("-o", f"{key}={value}")]  # of two, ssh takes the first
        try:
            done = subprocess.run(  # noqa: S603  (no shell; the words are the user's own settings)
                [route.command[0], *words, *route.command[1:], "true"],
                capture_output=True, text=True, errors="replace", check=False, stdin=subprocess.DEVNULL, timeout=_LIMIT_S,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return None, f"no answer within {_LIMIT_S:.0f} s"
        said = [line for line in done.stderr.splitlines() if line.strip() and "Permanently added" not in line]
        fields = file.read_text(encoding="utf-8").split() if file.exists() else []
        if len(fields) < 3:  # noqa: PLR2004  (name, type, key)
            return None, said[-1] if said else ""
        return KnownKey(fields[1], base64.b64decode(fields[2]), str(file)), ""

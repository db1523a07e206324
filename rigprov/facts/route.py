"""What OpenSSH would do for a host: its effective settings, asked from `ssh -G`.

Asking OpenSSH itself makes Include, Match, ProxyJump, tokens and defaults work without a second parser of its configuration.
"""

import getpass
import os
import pwd
import shlex
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from rigprov.errors import UsageError
from rigprov.facts.connection import Access, config_words, ssh_arguments
from rigprov.model.target import Target

SSH_PORT = 22
_TIMEOUT_S = 20  # `Match exec` may run the user's commands


@dataclass(frozen=True)
class Route:
    """Effective ssh settings of one host."""

    name: str  # the target's, for messages
    hostname: str
    port: int
    user: str
    identity_files: tuple[str, ...]  # those that exist, in OpenSSH's order
    identities_only: bool
    identity_agent: str | None  # socket; "none": no agent; None: $SSH_AUTH_SOCK
    strict: str  # "true", "false", "ask", "accept-new", as `ssh -G` prints it
    known_hosts: tuple[str, ...]  # the user's files; the first is written to
    global_known_hosts: tuple[str, ...]
    hash_names: bool
    key_name: str  # what known_hosts files call the host: "host", "[host]:port" or its HostKeyAlias
    key_alias: bool
    proxy: str | None  # command whose stdin and stdout are the connection
    keepalive_s: int
    command: tuple[str, ...]  # `ssh ...` as a person could type it, for hints
    inventories: tuple[str, ...] = ()  # that name the host, for hints
    config: str = ""  # the ssh configuration that the user gave instead of his own, for hints


def find_route(target: Target, access: Access) -> Route:
    """Ask `ssh -G`.

    Raises:
        UsageError: no OpenSSH client here, or an option or configuration line that OpenSSH rejects.
    """
    address = target.address or target.name
    if address.startswith("-"):
        raise UsageError(f"`{address}` is not an address", hint=f"mend `ansible_host` of `{target.name}` in {target.where}")
    command = ("ssh", *ssh_arguments(target, access), address)
    settings = _settings(command, target)
    one = {key: values[0] for key, values in settings.items()}
    tokens = _tokens(one, address)
    hostname, port = one["hostname"], int(one["port"])
    alias = one.get("hostkeyalias")
    agent = one.get("identityagent")
    return Route(
        name=target.name,
        hostname=hostname,
        port=port,
        user=one["user"],
        identity_files=_existing(settings.get("identityfile", []), tokens),
        identities_only=one.get("identitiesonly") == "yes",
        identity_agent=None if agent in (None, "SSH_AUTH_SOCK") else _path(agent, tokens),
        strict=one.get("stricthostkeychecking", "ask"),
        known_hosts=_files(one.get("userknownhostsfile", ""), tokens),
        global_known_hosts=_files(one.get("globalknownhostsfile", ""), tokens),
        hash_names=one.get("hashknownhosts") == "yes",
        key_name=alias or (hostname if port == SSH_PORT else f"[{hostname}]:{port}"),
        key_alias=alias is not None,
        proxy=_proxy(one, tokens, access),
        keepalive_s=int(one.get("serveraliveinterval", "0")),
        command=command,
        inventories=target.inventories,
        config=str(access.ssh_config or ""),
    )


def _home() -> str:
    """As OpenSSH sees it: from the password database, whatever $HOME says."""
    return pwd.getpwuid(os.getuid()).pw_dir


def _tokens(one: dict[str, str], address: str) -> dict[str, str]:
    """Percent tokens of ssh_config(5) that `ssh -G` leaves unexpanded."""
    here = socket.gethostname()
    host = {"h": one["hostname"], "n": address, "p": one["port"], "r": one["user"], "k": one.get("hostkeyalias", address)}
    local = {"u": getpass.getuser(), "d": _home(), "i": str(os.getuid()), "l": here, "L": here.split(".")[0]}
    return {"%": "%", **host, **local}


def _settings(command: tuple[str, ...], target: Target) -> dict[str, list[str]]:
    try:
        done = subprocess.run(  # noqa: S603  (no shell; the words are the user's own settings)
            [command[0], "-G", *command[1:]],
            capture_output=True, text=True, timeout=_TIMEOUT_S, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except FileNotFoundError:
        raise UsageError("`ssh` is not installed on this machine", hint="install the package `openssh-client`") from None
    except subprocess.TimeoutExpired:
        raise UsageError(
            f"`ssh -G` for `{target.name}` gave no answer within {_TIMEOUT_S} s", hint="look for `Match exec`"
        ) from None
    if done.returncode != 0:
        said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        # The last line only says that it gives up; the one before names file and line.
        reason = next((line for line in said if "terminating" not in line), "no reason given")
        raise UsageError(f"OpenSSH rejects the settings for `{target.name}`: {reason}", hint="mend that setting")
    found: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        key, _, value = line.partition(" ")
        found.setdefault(key.lower(), []).append(value)
    return found


def _expand(text: str, tokens: dict[str, str]) -> str:
    out, rest = "", text
    while "%" in rest:
        before, _, rest = rest.partition("%")
        out += before + tokens.get(rest[:1], "%" + rest[:1])
        rest = rest[1:]
    return out + rest


def _path(text: str, tokens: dict[str, str]) -> str:
    path = _expand(text.strip('"'), tokens)
    return _home() + path[1:] if path == "~" or path.startswith("~/") else path


def _existing(values: list[str], tokens: dict[str, str]) -> tuple[str, ...]:
    paths = [_path(value, tokens) for value in values if value != "none"]
    return tuple(dict.fromkeys(path for path in paths if Path(path).is_file() or Path(path + ".pub").is_file()))


def _files(value: str, tokens: dict[str, str]) -> tuple[str, ...]:
    return tuple(_path(word, tokens) for word in shlex.split(value) if word not in {"none", "/dev/null"})


def _proxy(one: dict[str, str], tokens: dict[str, str], access: Access) -> str | None:
    if (command := one.get("proxycommand", "none")) != "none":
        return _expand(command, tokens)
    if (jumps := one.get("proxyjump", "none")) == "none":
        return None
    return shlex.join(_jump(_expand(jumps, tokens).split(","), f"[{tokens['h']}]:{tokens['p']}", access, outermost=True))


def _jump(hops: list[str], goal: str, access: Access, *, outermost: bool = False) -> list[str]:
    """`ssh -W` through the last hop, itself reached through the others; OpenSSH builds ProxyJump the same way."""
    # Nobody can answer a prompt of a jump host. Its key is checked; accept-new never takes a changed one.
    words = ["ssh", *config_words(access), "-o", "BatchMode=yes"]
    if access.accept_new_host_key:
        words += ["-o", "StrictHostKeyChecking=accept-new"]
    if before := hops[:-1]:
        inner = "ProxyCommand=" + shlex.join(_jump(before, "[%h]:%p", access))
        words += ["-o", inner if outermost else inner.replace("%", "%%")]  # each level of ssh expands tokens once
    user, _, place = hops[-1].removeprefix("ssh://").rpartition("@")
    if user:
        words += ["-l", user]
    host, port = place, ""
    if place.startswith("["):
        host, _, port = place[1:].partition("]")
    elif place.count(":") == 1:
        host, _, port = place.partition(":")
    if port:
        words += ["-p", port.lstrip(":")]
    return [*words, "-W", goal, host]

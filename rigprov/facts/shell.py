"""Running one POSIX shell script on many hosts: in parallel, with one SSH connection a host.

pyinfra makes the connection. The script is then run on it directly: pyinfra's own runner reads output by greenlets, which
without gevent's monkey patching neither run in parallel nor keep a time limit, and it fails on output that is not UTF-8.
Its local connector needs gevent's child watcher, which exists on the main thread only; so local targets use `subprocess`.
"""

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from rigprov.errors import ApplyError, RigprovError, UnreachableError
from rigprov.facts.connection import Access, become_password
from rigprov.facts.route import Route, find_route
from rigprov.facts.transport import Raw, run_local, run_remote
from rigprov.facts.wrapper import Wrapped, wrap
from rigprov.model.target import Target

_PARALLEL = 32
Root = bool | Literal["try"]


@dataclass(frozen=True)
class ScriptResult:
    """What a script gave.

    Args:
        rc: exit status.
        stdout: its output, undecodable bytes replaced; what login files print is left out.
        stderr: likewise, but login files' words may be among it.
        user: who logged in.
        how: how root was had: "root", "sudo", "sudo-password"; "none" where the script ran as `user`.
        why: with "none": what stood in the way.
    """

    rc: int
    stdout: str
    stderr: str
    user: str = ""
    how: str = "none"
    why: str = ""


def run_script(
    targets: Iterable[Target], access: Access, script: str | Mapping[str, str], *, root: Root, timeout_s: float
) -> dict[str, ScriptResult | RigprovError]:
    """Run the script on each target, at most `_PARALLEL` at once, and return what each gave, in the targets' order.

    Args:
        targets: with distinct names.
        access: how to get there and become root.
        script: POSIX sh, for all targets or by target name. Its standard input is empty.
        root: True: it must run as root, else `ApplyError` for that host; "try": as root where possible; False: as the user.
        timeout_s: for the script itself, in seconds; the connection has its own limit.
    """
    chosen = list(targets)
    scripts = {target.name: script if isinstance(script, str) else script[target.name] for target in chosen}
    found: dict[str, ScriptResult | RigprovError] = {}
    routes: dict[str, Route | None] = {}

    def look_up(target: Target) -> None:
        try:
            routes[target.name] = None if target.local else find_route(target, access)
        except RigprovError as error:
            found[target.name] = error

    def work(target: Target) -> None:
        try:
            found[target.name] = _one(target, routes[target.name], access, scripts[target.name], root=root, timeout_s=timeout_s)
        except RigprovError as error:
            found[target.name] = error

    _parallel(look_up, chosen)
    # Paramiko finds the ssh agent by an environment variable only, so hosts with another agent take their turn.
    rest = [target for target in chosen if target.name in routes]
    for socket, group in groupby(sorted(rest, key=lambda t: _agent(routes[t.name])), key=lambda t: _agent(routes[t.name])):
        with _agent_socket(socket):
            _parallel(work, list(group))
    return {target.name: found[target.name] for target in chosen}


def _one(target: Target, route: Route | None, access: Access, script: str, *, root: Root, timeout_s: float) -> ScriptResult:
    wrapped = wrap(script, root=root, password=become_password(target, access))
    if route is None:
        return _result(run_local(target, wrapped, timeout_s), wrapped, target)
    return _result(run_remote(target, route, access, wrapped, timeout_s), wrapped, target)


def _result(raw: Raw, wrapped: Wrapped, target: Target) -> ScriptResult:
    header = wrapped.split(raw.stdout)
    if header is None:
        said = (raw.stdout + raw.stderr).strip().splitlines()
        reason = said[-1] if said else f"exit status {raw.rc}, no output"
        raise UnreachableError(f"`{target.name}` runs no commands: {reason}", hint="the login shell must run `sh`")
    if header.how == "refused":
        hint = "run with `--ask-become-pass`" if not wrapped.has_password else "check the password and the user's sudo rights"
        raise ApplyError(f"cannot become root on `{target.name}` as `{header.user}`: {header.why}", hint=hint)
    return ScriptResult(raw.rc, header.stdout, raw.stderr, header.user, header.how, header.why)


def _parallel(work: Callable[[Target], None], targets: list[Target]) -> None:
    """Threads, not a pool: as daemons they never keep an interrupted process alive."""
    slots = threading.Semaphore(_PARALLEL)
    crashed: list[BaseException] = []

    def guarded(target: Target) -> None:
        with slots:
            try:
                work(target)
            except BaseException as error:  # noqa: BLE001  (a defect of ours: it must surface in the caller's thread)
                crashed.append(error)

    threads = [threading.Thread(target=guarded, args=(target,), daemon=True, name=f"rigprov-{target.name}") for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if crashed:
        raise crashed[0]


def _agent(route: Route | None) -> str:
    agent = route.identity_agent if route else None
    return "" if agent in (None, "none") else str(agent)


class _agent_socket:  # noqa: N801  (used as a verb, like the context managers of contextlib)
    """`$SSH_AUTH_SOCK` set to the socket for a while; an empty one changes nothing."""

    def __init__(self, socket: str) -> None:
        self.socket = socket
        self.before = os.environ.get("SSH_AUTH_SOCK")

    def __enter__(self) -> None:
        if self.socket:
            os.environ["SSH_AUTH_SOCK"] = self.socket

    def __exit__(self, *exc: object) -> None:
        if self.socket and self.before is None:
            del os.environ["SSH_AUTH_SOCK"]
        elif self.socket:
            os.environ["SSH_AUTH_SOCK"] = str(self.before)

"""Makes a bare host ready for Ansible: over pyinfra, which needs no Python there."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rigprov.apply.causes import explain
from rigprov.apply.known_causes import AGAIN
from rigprov.errors import ApplyError, RigprovError, UnreachableError, UsageError
from rigprov.facts.connection import Access
from rigprov.facts.shell import ScriptResult, run_script
from rigprov.model.host import HostFacts, Missing
from rigprov.model.target import Target

WAIT_LIMIT_S = 900.0  # for cloud-init and the package manager's lock; Ubuntu's first unattended upgrade takes minutes
_SCRIPT = Path(__file__).with_name("bootstrap.sh")
_SCRIPT_LIMIT_S = 600.0
_BUSY = 75  # EX_TEMPFAIL
_PAUSE_S = 2.0
_BROKEN = frozenset("UFHWt")  # dpkg's second status letter: half-unpacked, half-configured, half-installed, triggers

Say = Callable[[str, str], None]  # host, sentence


def needs(facts: HostFacts) -> tuple[str, ...]:
    """What has to be done before Ansible can work, in words. Empty on a host that is ready: no round trip then. Pure."""
    packages = () if isinstance(facts.packages, Missing) else facts.packages
    installed = {package.name for package in packages if package.status.endswith("i")}
    found = []
    if facts.extra.get("cloud_init") == "running" and facts.virtualisation.systemd_running:
        found.append("wait for cloud-init")
    if isinstance(facts.apt_lock_holder, str):
        found.append(f"wait for {facts.apt_lock_holder}, which uses the package manager")
    if facts.extra.get("dpkg_audit") or any(package.status[1:2] in _BROKEN for package in packages):
        found.append("finish an interrupted package installation")
    if facts.python is None:
        found.append("install Python")
    if "python3-apt" not in installed:
        found.append("install python3-apt")
    return tuple(found)


def bootstrap(
    targets: Sequence[Target],
    facts: Mapping[str, HostFacts],
    access: Access,
    *,
    check: bool,
    say: Say,
    limit_s: float = WAIT_LIMIT_S,
) -> dict[str, str | RigprovError]:
    """Bring hosts to the point where Ansible can work.

    Args:
        targets: hosts.
        facts: of each of them.
        access: how to reach them.
        check: say what would be done; do nothing.
        say: gets a sentence while something is waited for.
        limit_s: how long to wait for others' use of the package manager, in seconds.

    Returns:
        For each host that needed something: what was (with `check`: would be) done, or why it could not be done.
    """
    todo = {target.name: wanted for target in targets if (wanted := needs(facts[target.name]))}
    done: dict[str, str | RigprovError] = {host: "; ".join(wanted) for host, wanted in todo.items() if check}
    for host in [host for host in todo if host not in done]:
        if refused := _no_root(facts[host]):
            done[host] = refused
        else:
            say(host, f"getting ready for Ansible: {'; '.join(todo[host])}")
    waiting = [target for target in targets if target.name in todo and target.name not in done]
    return done | _carry_out(waiting, access, say, limit_s)


def _no_root(facts: HostFacts) -> RigprovError | None:
    match facts.privilege.how:
        case "none":
            return UsageError(
                f"`{facts.privilege.user}` cannot become root, which installing Python takes",
                hint="log in as root, or as a user that may use sudo",
            )
    return None


def _carry_out(targets: Sequence[Target], access: Access, say: Say, limit_s: float) -> dict[str, str | RigprovError]:
    script = _SCRIPT.read_text(encoding="utf-8")
    ended: dict[str, str | RigprovError] = {}
    waiting = list(targets)
    deadline = time.monotonic() + limit_s
    while waiting:
        results = run_script(waiting, access, script, root=True, timeout_s=_SCRIPT_LIMIT_S)
        busy = {host: _holder(result) for host, result in results.items() if _is_busy(result)}
        ended |= {host: _ending(result) for host, result in results.items() if host not in busy}
        if busy and time.monotonic() > deadline:
            return ended | {host: _still_busy(holder, limit_s) for host, holder in busy.items()}
        for host, holder in busy.items():
            say(host, f"waiting for {holder}; up to {_duration(max(0, deadline - time.monotonic()))} more")
        waiting = [target for target in waiting if target.name in busy]
        if waiting:
            time.sleep(_PAUSE_S)
    return ended


def _is_busy(result: ScriptResult | RigprovError) -> bool:
    return isinstance(result, ScriptResult) and result.rc == _BUSY


def _holder(result: ScriptResult | RigprovError) -> str:
    lines = result.stdout.strip().splitlines() if isinstance(result, ScriptResult) else []
    return lines[-1] if lines else "another process"


def _still_busy(holder: str, limit_s: float) -> ApplyError:
    message = f"after {_duration(limit_s)} the package manager is still in use by {holder}"
    return ApplyError(message, hint=f"wait until it has finished, {AGAIN}")


def _ending(result: ScriptResult | RigprovError) -> str | RigprovError:
    if isinstance(result, RigprovError):
        return result
    if result.rc == 0:
        return "; ".join(result.stdout.split("\n")).strip("; ")
    cause = explain({"stderr": result.stderr or result.stdout})
    kind = ApplyError if cause.on_host else UnreachableError
    return kind(f"getting ready for Ansible failed: {cause.message}", hint=cause.fix or None)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"  # noqa: PLR2004

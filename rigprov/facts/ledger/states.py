"""State of all kinds of things that roles manage. Runs on hosts, like `paths`."""

from __future__ import annotations

import fcntl
import grp
import os
import pwd
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from rigprov.facts.ledger.paths import block_state, path_state, tree_state

_LIMIT_S = 6
_FSTAB, _MOUNTS, _SWAPS = "/etc/fstab", "/proc/self/mountinfo", "/proc/swaps"
_FORMAT = "${Package}\t${Package}:${Architecture}\t${db:Status-Want}\t${db:Status-Status}\t${Version}\n"


def observe(things: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The present state of each thing, in their order. One that cannot be read is `{"unknown": reason}`."""
    wanted = list(things)
    tables = {kind: _table(kind, [thing["name"] for thing in wanted if thing["kind"] == kind]) for kind in ("package", "unit")}
    return [_state(thing, tables) for thing in wanted]


def _table(kind: str, names: list[str]) -> dict[str, Any]:
    """States of all packages or units by one command; `{"unknown": reason}` where it fails."""
    if not names:
        return {}
    try:
        return _packages(names) if kind == "package" else _units(names)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return {"unknown": str(error)}


def _state(thing: dict[str, Any], tables: dict[str, dict[str, Any]]) -> dict[str, Any]:
    kind, name = thing["kind"], thing["name"]
    one: dict[str, Callable[[], dict[str, Any]]] = {
        "path": lambda: path_state(name),
        "big": lambda: path_state(name, big=True),
        "tree": lambda: tree_state(name),
        "block": lambda: block_state(name, thing["marker"]),
        "lock": lambda: lock_state(name),
        "sysctl": lambda: sysctl_state(name),
        "mount": lambda: mount_state(name),
        "swap": lambda: swap_state(name),
        "user": lambda: user_state(name),
        "group": lambda: group_state(name),
        "member": lambda: member_state(name),
    }
    if kind in tables:
        return tables[kind] if "unknown" in tables[kind] else tables[kind][name]
    if kind not in one:
        return {"unknown": f"this rigprov knows no {kind}"}
    try:
        return one[kind]()
    except (OSError, ValueError) as error:
        return {"unknown": getattr(error, "strerror", None) or str(error)}


def _packages(names: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {name: {"version": "not installed", "hold": False} for name in names}
    for line in _output(["dpkg-query", "-W", "-f", _FORMAT, *names], fine=(0, 1)).splitlines():
        plain, full, want, status, version = line.split("\t")
        for name in {plain, full} & set(found):
            if status in ("not-installed", "config-files"):
                continue
            found[name] = {"version": version if status == "installed" else f"{version} ({status})", "hold": want == "hold"}
    return found


def _units(names: list[str]) -> dict[str, Any]:
    """One block of lines a unit, in the order in which they were asked for."""
    said = _output(["systemctl", "show", "-p", "LoadState,UnitFileState,ActiveState", "--", *names]).strip("\n").split("\n\n")
    if len(said) != len(names):
        return {"unknown": f"systemctl told of {len(said)} units instead of {len(names)}"}
    found = {}
    for name, block in zip(names, said):
        fields = dict(line.partition("=")[::2] for line in block.splitlines())
        found[name] = {
            "enabled": fields.get("UnitFileState") or fields.get("LoadState", ""),
            "active": fields.get("ActiveState", ""),
        }
    return found


def lock_state(name: str) -> dict[str, Any]:
    """Whether some process holds the lock (flock) of a file; the kernel drops it when that process ends, however it does."""
    try:
        number = os.open(name, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return {"running": False}
    try:
        fcntl.flock(number, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return {"running": True}
    finally:
        os.close(number)
    return {"running": False}


def sysctl_state(name: str) -> dict[str, Any]:
    """The kernel's value of now; a dot in `name` separates, as in sysctl.conf."""
    path = Path("/proc/sys", *name.split("."))
    return {"value": " ".join(path.read_text().split())} if path.exists() else {"is": "absent"}


def mount_state(name: str) -> dict[str, Any]:
    """What is mounted at a directory now, and what fstab mounts there at boot."""
    found: dict[str, Any] = {"mounted": False, "fstab": _fstab(lambda fields: fields[1] == name)}
    for line in Path(_MOUNTS).read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        left, _, right = line.partition(" - ")
        fields = left.split(" ")
        if _plain(fields[4]) == name:  # of several, the last one is seen
            kind, source = right.split(" ")[:2]
            found.update(mounted=True, fstype=kind, options=fields[5], uuid=_uuid(_plain(source)))
    return found


def swap_state(name: str) -> dict[str, Any]:
    """Whether a file or device swaps now, how large it is, and whether fstab switches it on at boot."""
    lines = [line.split() for line in Path(_SWAPS).read_text().splitlines()[1:]]
    kib = next((fields[2] for fields in lines if _plain(fields[0]) == name), None)
    line = _fstab(lambda fields: fields[0] == name and fields[2] == "swap")
    return {"active": kib is not None, **({"kib": int(kib)} if kib else {}), "fstab": line}


def user_state(name: str) -> dict[str, Any]:
    """An account with all its groups."""
    try:
        found = pwd.getpwnam(name)
        group = grp.getgrgid(found.pw_gid).gr_name
    except KeyError:
        return {"is": "absent"}
    groups = sorted(each.gr_name for each in grp.getgrall() if name in each.gr_mem)
    return {"uid": found.pw_uid, "group": group, "groups": groups, "home": found.pw_dir, "shell": found.pw_shell}


def group_state(name: str) -> dict[str, Any]:
    """A group. Who else is in it is the business of those users."""
    try:
        return {"gid": grp.getgrnam(name).gr_gid}
    except KeyError:
        return {"is": "absent"}


def member_state(name: str) -> dict[str, Any]:
    """Whether a user is in a group; `name` is "user:group"."""
    user, _, group = name.partition(":")
    try:
        return {"member": user in grp.getgrnam(group).gr_mem}
    except KeyError:
        return {"is": "absent"}


def _fstab(wanted: Callable[[list[str]], bool]) -> str:
    try:
        lines = Path(_FSTAB).read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except FileNotFoundError:
        return ""
    rows = [line.split() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    return next((" ".join(fields[:4]) for fields in rows if len(fields) >= 3 and wanted(fields)), "")  # noqa: PLR2004


def _uuid(device: str) -> str:
    """Of the file system: kernel names may be others after the next boot."""
    folder = Path("/dev/disk/by-uuid")
    links = sorted(folder.iterdir()) if folder.is_dir() else []
    return next((link.name for link in links if os.path.realpath(link) == os.path.realpath(device)), device)


def _plain(text: str) -> str:
    r"""Without the kernel's escapes: `\040` is a blank."""
    for escape, sign in (("\\040", " "), ("\\011", "\t"), ("\\134", "\\")):
        text = text.replace(escape, sign)
    return text


def _output(command: list[str], fine: tuple[int, ...] = (0,)) -> str:
    environment = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run(  # noqa: S603 - fixed commands; names follow an option or `--`
        command,
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
        env=environment,
    )
    if done.returncode not in fine:
        raise subprocess.SubprocessError((done.stderr or done.stdout).strip().split("\n")[-1] or f"exit code {done.returncode}")
    return done.stdout

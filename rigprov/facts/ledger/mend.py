"""Puts back what roles do not insist on once it is there: modes, owners, groups, holds, accounts. Runs on hosts, like `paths`.

Only what an entry that is believed says, for roles that are about to run, and only where the thing itself is still the same kind:
what a file holds, which version a package has, and what runs is for the role to decide.
"""

from __future__ import annotations

import grp
import os
import pwd
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rigprov.facts.ledger.book import believed

_MEND_LIMIT_S = 60


def mend(folder: str, roles: list[str]) -> list[str]:
    """Put back what differs, and say what was: "mode of /etc/docker/daemon.json". What cannot be put back is left to the role."""
    done: list[str] = []
    for role in roles:
        pairs = believed(folder, role)
        for thing, now in sorted(pairs, key=lambda pair: pair[0]["kind"] != "group"):  # before what belongs to it
            try:
                done += _mended(thing, now)
            except (OSError, KeyError, subprocess.SubprocessError):
                continue
    return list(dict.fromkeys(done))


def _mended(thing: dict[str, Any], now: dict[str, Any]) -> list[str]:
    kinds: dict[str, Callable[[str, dict[str, Any], dict[str, Any]], list[str]]] = {
        "path": _mend_path,
        "big": _mend_path,
        "package": _mend_package,
        "group": _mend_group,
        "user": _mend_user,
    }
    was = thing["state"]
    if thing["kind"] == "tree" and was != now and Path(thing.get("seal", "")).is_file():
        Path(thing["seal"]).unlink()
        return [f"seal of {thing['name']}, so that it is made anew"]
    if was == now or thing["kind"] not in kinds or was.get("is") != now.get("is"):
        return []
    return kinds[thing["kind"]](thing["name"], was, now)


def _mend_path(name: str, was: dict[str, Any], now: dict[str, Any]) -> list[str]:
    keys = [key for key in ("owner", "group", "mode") if was.get(key) != now.get(key)]
    # Never through a link, which somebody else may have put there.
    if not keys or was["is"] not in ("file", "directory") or os.path.realpath(name) != name:
        return []
    number = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        os.fchown(number, pwd.getpwnam(was["owner"]).pw_uid, grp.getgrnam(was["group"]).gr_gid)
        os.fchmod(number, int(was["mode"], 8))  # after the owner, since that takes setuid and setgid away
    finally:
        os.close(number)
    return [f"{key} of {name}" for key in keys]


def _mend_package(name: str, was: dict[str, Any], now: dict[str, Any]) -> list[str]:
    if was["hold"] == now["hold"] or "not installed" in (was["version"], now["version"]):
        return []
    _mend_run("apt-mark", "hold" if was["hold"] else "unhold", name)
    return [f"hold of package {name}"]


def _mend_group(name: str, was: dict[str, Any], now: dict[str, Any]) -> list[str]:
    if was["gid"] == now["gid"] or was["gid"] in {each.gr_gid for each in grp.getgrall()}:
        return []
    _mend_run("groupmod", "-g", str(was["gid"]), name)
    return [f"number of group {name}"]


def _mend_user(name: str, was: dict[str, Any], now: dict[str, Any]) -> list[str]:
    done = []
    if was["shell"] != now["shell"]:
        _mend_run("usermod", "-s", was["shell"], name)
        done.append(f"shell of user {name}")
    known = {each.gr_name for each in grp.getgrall()}
    if was["groups"] != now["groups"] and known.issuperset(was["groups"]):
        _mend_run("usermod", "-G", ",".join(was["groups"]), name)
        done.append(f"groups of user {name}")
    return done


def _mend_run(*command: str) -> None:
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    found = next((f"{folder}/{command[0]}" for folder in path.split(":") if Path(folder, command[0]).exists()), command[0])
    environment = {**os.environ, "PATH": path}
    subprocess.run([found, *command[1:]], capture_output=True, timeout=_MEND_LIMIT_S, check=True, env=environment)  # noqa: S603 - fixed

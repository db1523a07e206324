"""What is put back, and what is left to the role."""

import grp
import os
import pwd
from pathlib import Path

import pytest

from rigprov.facts.ledger import mend as module
from rigprov.facts.ledger.mend import mend
from rigprov.facts.ledger.paths import path_state


@pytest.fixture
def ran(monkeypatch):
    commands: list[str] = []
    monkeypatch.setattr(module, "_mend_run", lambda *command: commands.append(" ".join(command)))
    return commands


def mended(monkeypatch, *pairs):
    """`(kind, name, was, now)` each."""
    found = [
        ({"kind": kind, "name": name, "state": was, **more}, now)
        for kind, name, was, now, *rest in pairs
        for more in [*rest, {}][:1]
    ]
    monkeypatch.setattr(module, "believed", lambda _folder, role: found if role == "base" else [])
    return mend("/ledger", ["base", "docker"])


def test_a_mode_is_put_back(tmp_path, monkeypatch):
    path = tmp_path / "x"
    path.write_text("")
    path.chmod(0o640)
    was = path_state(str(path))
    path.chmod(0o606)
    assert mended(monkeypatch, ("path", str(path), was, path_state(str(path)))) == [f"mode of {path}"]
    assert path_state(str(path)) == was
    assert mended(monkeypatch, ("path", str(path), was, was)) == []


def test_owner_and_group_are_put_back_by_name(tmp_path, monkeypatch):
    calls: list[tuple[int, int]] = []
    path = tmp_path / "x"
    path.write_text("")
    was = {**path_state(str(path)), "owner": "root", "group": "root"}
    monkeypatch.setattr(os, "fchown", lambda _number, user, group: calls.append((user, group)))
    assert mended(monkeypatch, ("path", str(path), was, {**was, "owner": "games", "group": "994"})) == [
        f"owner of {path}",
        f"group of {path}",
    ]
    assert calls == [(0, 0)]


def test_never_through_a_link(tmp_path, monkeypatch):
    (tmp_path / "real").mkdir()
    (tmp_path / "real/x").write_text("")
    (tmp_path / "real/x").chmod(0o600)
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "l").symlink_to("real/x")
    was = {**path_state(str(tmp_path / "real/x")), "mode": "0777"}
    now = {**was, "mode": "0600"}
    assert mended(monkeypatch, ("path", str(tmp_path / "link/x"), was, now), ("path", str(tmp_path / "l"), was, now)) == []
    assert (tmp_path / "real/x").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("kind", "was", "now"),
    [
        ("path", {"is": "file", "sha256": "a"}, {"is": "absent"}),
        ("path", {"is": "file", "sha256": "a", "mode": "1"}, {"is": "file", "sha256": "b", "mode": "1"}),
        ("unit", {"enabled": "enabled"}, {"enabled": "disabled"}),
        ("package", {"version": "1", "hold": False}, {"version": "not installed", "hold": True}),
        ("package", {"version": "1", "hold": False}, {"version": "2", "hold": False}),
        ("user", {"shell": "/bin/false"}, {"is": "absent"}),
    ],
)
def test_content_versions_and_what_is_gone_are_the_role_s_business(ran, monkeypatch, kind, was, now):
    assert mended(monkeypatch, (kind, "/none/x", was, now)) == []
    assert ran == []


def test_holds(ran, monkeypatch):
    held, free = {"version": "1", "hold": True}, {"version": "2", "hold": False}
    assert mended(monkeypatch, ("package", "a", held, free), ("package", "b", free, held)) == [
        "hold of package a",
        "hold of package b",
    ]
    assert ran == ["apt-mark hold a", "apt-mark unhold b"]


def test_accounts_groups_first(ran, monkeypatch):
    monkeypatch.setattr(grp, "getgrall", lambda: [grp.struct_group(("models", "x", 4711, []))])
    user = {"shell": "/usr/sbin/nologin", "groups": ["models"]}
    done = mended(
        monkeypatch,
        ("user", "llm", user, {"shell": "/bin/sh", "groups": []}),
        ("group", "models", {"gid": 994}, {"gid": 4711}),
        ("group", "other", {"gid": 4711}, {"gid": 5}),
    )
    assert done == ["number of group models", "shell of user llm", "groups of user llm"], (
        "a number that is taken stays where it is"
    )
    assert ran == ["groupmod -g 994 models", "usermod -s /usr/sbin/nologin llm", "usermod -G models llm"]


def test_a_tree_that_was_tampered_with_loses_its_seal(tmp_path, monkeypatch):
    seal = tmp_path / ".complete"
    seal.write_text("")
    was, now, more = {"is": "tree", "entries": 2}, {"is": "tree", "entries": 3}, {"seal": str(seal)}
    assert mended(monkeypatch, ("tree", str(tmp_path), was, was, more)) == []
    assert mended(monkeypatch, ("tree", str(tmp_path), was, now, more)) == [f"seal of {tmp_path}, so that it is made anew"]
    assert not seal.exists()


def test_what_cannot_be_put_back_stops_nothing(tmp_path, monkeypatch):
    path = tmp_path / "x"
    path.write_text("")
    path.chmod(0o600)
    was = path_state(str(path))
    path.chmod(0o644)
    now = path_state(str(path))

    def unknown(name: str) -> pwd.struct_passwd:
        if name == "nobody-here":
            raise KeyError(name)
        return pwd.getpwuid(os.getuid())

    monkeypatch.setattr(pwd, "getpwnam", unknown)
    other = {**was, "owner": "nobody-here"}
    assert mended(monkeypatch, ("path", str(path), other, now), ("path", str(path), was, now)) == [f"mode of {path}"]
    assert Path(path).stat().st_mode & 0o777 == 0o600

"""The ledger's files: what is written, what is believed, and what a cut leaves."""

import json
import os
from pathlib import Path
from unittest.mock import patch

import pytest

from rigprov.facts.ledger import book
from rigprov.facts.ledger.book import believed, check, forget, note, remove_if_empty
from rigprov.facts.ledger.states import observe

STAMP = {"rigprov": "1", "content": "c", "values": []}


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    monkeypatch.setattr(book, "_ROOT", os.getuid())
    monkeypatch.setattr(book, "identity", lambda: "m1")
    (tmp_path / "x").write_text("hello")
    return tmp_path / "ledger"


def entry(role: str, *paths: Path) -> dict[str, object]:
    things = [{"kind": "path", "name": str(path)} for path in paths]
    return {"format": 1, "role": role, "applied": "2026-11-26T10:00:00+00:00", "stamp": STAMP, "things": things}


def noted(ledger: Path, role: str = "base", *paths: Path) -> Path:
    assert note(str(ledger), entry(role, *(paths or (ledger.parent / "x",))), []) == ""
    return ledger / f"{role}.json"


def test_what_is_noted_is_found_again(ledger):
    path = noted(ledger)
    (found,) = check(str(ledger)).values()
    assert found["entry"]["machine_id"] == "m1"
    assert found["found"] == [thing["state"] for thing in found["entry"]["things"]]
    assert (path.stat().st_mode & 0o777, ledger.stat().st_mode & 0o777) == (0o600, 0o755)
    assert [each.name for each in ledger.iterdir()] == ["base.json"]
    assert path.read_text().startswith('{\n "format": 1,'), "for people to read"


def test_drift_is_what_is_found(ledger):
    noted(ledger)
    (ledger.parent / "x").write_text("jello")
    found = check(str(ledger))["base"]
    assert found["found"][0]["sha256"] != found["entry"]["things"][0]["state"]["sha256"]


def test_all_roles_are_observed_at_once_and_a_damaged_one_spoils_no_other(ledger, monkeypatch):
    other = ledger.parent / "y"
    other.write_text("there")
    noted(ledger, "base", ledger.parent / "x", other)
    noted(ledger, "docker", other)
    things = {
        "a": '{"kind": "block", "name": "/x"}',
        "b": '{"kind": "path", "name": 5}',
        "c": '{"kind": "path", "name": "a\\u0000b"}',
    }
    for name, thing in things.items():
        noted(ledger, name).write_text(f'{{"format": 1, "things": [{thing}]}}')
    with patch.object(book, "observe", wraps=observe) as observing:
        found = check(str(ledger))
    assert [len(call.args[0]) for call in observing.call_args_list] == [4]
    assert [state["is"] for state in found["base"]["found"] + found["docker"]["found"]] == ["file", "file", "file"]
    assert "is damaged (KeyError" in found["a"]["refused"]
    assert "is damaged ({" in found["b"]["refused"]
    assert "unknown" in found["c"]["found"][0]


def test_no_ledger_is_no_entry(ledger):
    assert check(str(ledger)) == {}
    forget(str(ledger), ["base"])
    remove_if_empty(str(ledger))


@pytest.mark.parametrize("length", [0, 1, 100, -2])
def test_a_file_that_was_cut_is_damaged_wherever_it_was(ledger, length):
    path = noted(ledger)
    path.write_bytes(path.read_bytes()[:length])
    assert "is damaged" in check(str(ledger))["base"]["refused"]
    assert believed(str(ledger), "base") == []


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.write_text('{"format": 2}'), "of a newer rigprov (format 2, this one knows 1)"),
        (lambda path: path.write_text("[]"), "is damaged"),
        (lambda path: path.write_text('{"format": 1, "things": 5}'), "is damaged"),
        (lambda path: path.write_text('{"format": 1, "things": {}}'), "is damaged (its things are no list)"),
        (lambda path: path.write_text('{"format": 1, "things": ""}'), "is damaged (its things are no list)"),
        (lambda path: path.write_text('{"format": 1e400, "things": []}'), "is damaged (OverflowError"),
        (lambda path: path.write_text("[" * 100_000), "is damaged (RecursionError"),
        (lambda path: path.write_text('{"format": 1, "things": [{"kind": "path"}]}'), "is damaged"),
        (lambda path: path.chmod(0o620), "can be written by others than root (mode 0620)"),
        (lambda path: path.chmod(0o602), "can be written by others than root (mode 0602)"),
        (lambda path: path.rename(path.with_suffix("")) and path.symlink_to("base"), "is a link"),
        (lambda path: (path.unlink(), path.mkdir()), "is a link or something else"),
        (lambda path: os.truncate(path, 5 << 20), "is larger than 4 MiB"),
    ],
)
def test_what_is_not_believed(ledger, spoil, said):
    spoil(noted(ledger))
    assert said in check(str(ledger))["base"]["refused"]


def test_a_ledger_of_somebody_else_is_not_believed(ledger, monkeypatch):
    noted(ledger)
    monkeypatch.setattr(book, "_ROOT", os.getuid() + 1)
    assert check(str(ledger)) == {"": {"refused": f"{ledger} belongs to user {os.getuid()} instead of root"}}
    assert "belongs to user" in note(str(ledger), entry("base"), []), "nor is anything written there"


def test_a_directory_that_others_can_write_is_not_believed_at_all(ledger):
    noted(ledger)
    ledger.chmod(0o777)
    assert list(check(str(ledger))) == [""]
    assert believed(str(ledger), "base") == []


def test_an_entry_of_another_machine_is_not_mended_from(ledger, monkeypatch):
    noted(ledger)
    assert len(believed(str(ledger), "base")) == 1
    monkeypatch.setattr(book, "identity", lambda: "m2")
    assert believed(str(ledger), "base") == []


def test_nothing_is_noted_where_something_escaped(ledger):
    touched = [{"kind": "path", "name": str(ledger.parent / name)} for name in ("none", "x")]
    assert note(str(ledger), entry("base"), touched[:1]) == "", "what is gone again has not escaped"
    why = note(str(ledger), entry("docker"), touched)
    assert why == f"it wrote {ledger.parent / 'x'} without declaring it"
    assert not (ledger / "docker.json").exists()


def test_nothing_is_noted_of_what_cannot_be_read(ledger):
    why = note(str(ledger), {**entry("base"), "things": [{"kind": "odd", "name": "x"}]}, [])
    assert why == "the state of x cannot be read: this rigprov knows no odd"


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ({"/etc/machine-id": "d481"}, "d481"),
        ({"/etc/machine-id": "uninitialized", "boot_id": "77-1"}, "boot 77-1 of rig"),
        ({"/etc/machine-id": "", "boot_id": "77-1"}, "boot 77-1 of rig"),
        ({}, ""),
    ],
)
def test_who_this_machine_is(lines, found, monkeypatch):
    monkeypatch.setattr(book, "_line", lambda path: lines.get(path, lines.get(Path(path).name, "")))
    monkeypatch.setattr(os, "uname", lambda: os.uname_result(("Linux", "rig", "6", "#1", "x86_64")))
    assert book.identity() == found


def test_nothing_is_noted_on_a_machine_without_an_identity(ledger, monkeypatch):
    monkeypatch.setattr(book, "identity", lambda: "")
    assert "neither /etc/machine-id nor a boot id" in note(str(ledger), entry("base"), [])


def test_what_two_roles_share_is_kept_up_to_date_in_both(ledger):
    shared, own = ledger.parent / "x", ledger.parent / "own"
    own.write_text("1")
    noted(ledger, "docker", shared, own)
    shared.write_text("changed by the next role")
    own.write_text("changed by somebody")
    noted(ledger, "toolkit", shared)
    things = {thing["name"]: thing["state"] for thing in json.loads((ledger / "docker.json").read_text())["things"]}
    assert things[str(shared)] == observe([{"kind": "path", "name": str(shared)}])[0]
    assert things[str(own)] != observe([{"kind": "path", "name": str(own)}])[0], "that is drift, and stays it"


def test_versions_that_a_later_role_brought_along_are_no_drift(ledger, monkeypatch):
    version = ["1"]
    monkeypatch.setattr(book, "observe", lambda things: [{"version": version[0], "hold": False} for _ in things])
    assert note(str(ledger), {**entry("base"), "things": [{"kind": "package", "name": "libc6"}]}, []) == ""
    version[0] = "2"
    assert note(str(ledger), {**entry("docker"), "things": [{"kind": "package", "name": "runc"}]}, []) == ""
    assert json.loads((ledger / "base.json").read_text())["things"][0]["state"]["version"] == "2"


def test_a_damaged_neighbour_is_left_to_the_next_check(ledger):
    noted(ledger).write_text("{")
    noted(ledger, "docker")
    assert (ledger / "base.json").read_text() == "{"


def test_entries_of_roles_that_are_about_to_run_go_first(ledger):
    noted(ledger)
    noted(ledger, "docker")
    forget(str(ledger), ["base", "swap"])
    assert list(check(str(ledger))) == ["docker"]
    remove_if_empty(str(ledger))
    assert ledger.exists()
    forget(str(ledger), ["docker"])
    remove_if_empty(str(ledger))
    assert not ledger.exists()


@pytest.mark.parametrize("call", ["os.fsync", "pathlib.Path.replace"])
def test_a_cut_leaves_the_old_entry_or_the_new_one(ledger, monkeypatch, call):
    """The process ends at any call to the file system; whoever reads then finds something whole."""
    before = noted(ledger).read_text()
    (ledger.parent / "x").write_text("jello")

    def cut(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(call, cut)
        with pytest.raises(KeyboardInterrupt):
            noted(ledger)
    assert (ledger / "base.json").read_text() == before
    assert list(check(str(ledger))) == ["base"], "and a half-written one is no entry"
    noted(ledger)
    assert [path.name for path in ledger.iterdir()] == ["base.json"]

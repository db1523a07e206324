"""`rigprov trust` with what a host shows given; real ones are asked in tests/live/test_trust.py."""

import base64
from pathlib import Path

import pytest
from paramiko import HostKeys

from rigprov.cli import main
from rigprov.errors import Exit
from rigprov.facts import shown_keys
from rigprov.facts.host_keys import KnownKey, fingerprint

pytestmark = pytest.mark.process

KEY, OLD = b"the key that the machine shows", b"the key of the machine that was there before"
OTHER = b"a key of another kind that the machine shows as well"


def line(key: bytes, names: str = "rig", kind: str = "ssh-ed25519") -> str:
    return f"{names} {kind} {base64.b64encode(key).decode()}\n"


@pytest.fixture
def trust(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """`trust(words)` on a host whose records are the files `mine` and `system`."""
    config = tmp_path / "config"
    config.write_text(f"Host rig\n  UserKnownHostsFile {tmp_path}/mine\n  GlobalKnownHostsFile {tmp_path}/system\n")
    shown = (KnownKey("ssh-rsa", OTHER, "/shown"), KnownKey("ssh-ed25519", KEY, "/shown"))
    monkeypatch.setattr(shown_keys, "ask", lambda *_: shown)
    return lambda *words: main(["trust", "-F", str(config), "rig", *words])


def test_a_second_fingerprint_is_not_left_out_in_silence(trust, capsys) -> None:
    assert trust("--fingerprint", fingerprint(KEY), "--fingerprint", fingerprint(OLD)) == Exit.USAGE
    assert "`--fingerprint` is given twice" in capsys.readouterr().err


def test_the_old_key_goes_where_the_system_has_the_new_one_already(trust, tmp_path: Path, capsys) -> None:
    (tmp_path / "mine").write_text(line(OLD))
    (tmp_path / "system").write_text(line(KEY))
    assert trust("--fingerprint", fingerprint(KEY)) == 0
    assert ((tmp_path / "mine").read_text(), (tmp_path / "system").read_text()) == (line(KEY), line(KEY))
    assert f"instead of ssh-ed25519 {fingerprint(OLD)}" in capsys.readouterr().out


def test_another_key_of_the_system_s_stops_it(trust, tmp_path: Path, capsys) -> None:
    (tmp_path / "system").write_text(line(OLD))
    assert trust("--fingerprint", fingerprint(KEY)) == Exit.UNREACHABLE
    assert "which is not yours" in capsys.readouterr().err
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize(
    ("names", "left"),
    [
        ("rig,10.0.0.5", "10.0.0.5"),
        ("db,rig,[10.0.0.5]:2222", "db,[10.0.0.5]:2222"),
        ("ri*,db", "!rig,ri*,db"),
        ("rig,*.example", "!rig,*.example"),
    ],
)
def test_what_is_on_record_of_other_hosts_stays(trust, tmp_path: Path, names: str, left: str) -> None:
    (tmp_path / "mine").write_text(line(OLD, names) + line(OLD))
    assert trust("--fingerprint", fingerprint(KEY)) == 0
    assert (tmp_path / "mine").read_text() == line(OLD, left) + line(KEY)


def test_a_key_of_another_kind_that_is_still_shown_stays(trust, tmp_path: Path, capsys) -> None:
    (tmp_path / "mine").write_text(line(OLD) + line(OTHER, kind="ssh-rsa"))
    assert trust("--fingerprint", fingerprint(KEY)) == 0
    assert (tmp_path / "mine").read_text() == line(OTHER, kind="ssh-rsa") + line(KEY)
    said = capsys.readouterr().out
    assert (fingerprint(OLD) in said, fingerprint(OTHER) in said) == (True, False)


def test_lines_that_are_marked_and_hashed_stay_and_go(trust, tmp_path: Path) -> None:
    authority = f"@cert-authority rig,db {line(OLD).partition(' ')[2]}"
    (tmp_path / "mine").write_text(authority + line(OLD, HostKeys.hash_host("rig")) + line(OLD, HostKeys.hash_host("db")))
    assert trust("--fingerprint", fingerprint(KEY)) == 0
    first, second, last = (tmp_path / "mine").read_text().splitlines(keepends=True)
    assert (first, second[:3], last) == (authority, "|1|", line(KEY))


def test_a_host_name_is_not_mistaken_for_part_of_another(trust, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text(line(OLD, "rig2,big-rig") + line(OLD, "rig,rig2"))
    assert trust("--fingerprint", fingerprint(KEY)) == 0
    assert (tmp_path / "mine").read_text() == line(OLD, "rig2,big-rig") + line(OLD, "rig2") + line(KEY)

"""`rigprov trust` with what a host shows given; real ones are asked in tests/live/test_trust.py."""

import base64
from pathlib import Path

import pytest

from rigprov.cli import main
from rigprov.errors import Exit
from rigprov.facts import shown_keys
from rigprov.facts.host_keys import KnownKey, fingerprint

pytestmark = pytest.mark.process

KEY, OLD = b"the key that the machine shows", b"the key of the machine that was there before"


def line(key: bytes) -> str:
    return f"rig ssh-ed25519 {base64.b64encode(key).decode()}\n"


@pytest.fixture
def trust(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """`trust(words)` on a host whose records are the files `mine` and `system`."""
    config = tmp_path / "config"
    config.write_text(f"Host rig\n  UserKnownHostsFile {tmp_path}/mine\n  GlobalKnownHostsFile {tmp_path}/system\n")
    monkeypatch.setattr(shown_keys, "ask", lambda *_: (KnownKey("ssh-ed25519", KEY, "/shown"),))
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

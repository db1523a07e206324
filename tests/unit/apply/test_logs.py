import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rigprov.apply.logs import KEEP, MASK, Masker, open_log, past_runs, runs_directory, secrets_in

NOW = datetime(2026, 11, 25, 4, 30, 14, tzinfo=UTC)


def test_a_log_is_its_users_alone_and_holds_no_secret(tmp_path: Path) -> None:
    log = open_log(tmp_path / "runs", {'pa"ss\\wörd', "abcd1234"}, now=NOW)
    event = {"event": "runner_on_ok", "stdout": 'said pa"ss\\wörd and abcd1234', "event_data": {"res": {"msg": 'pa"ss\\wörd'}}}
    log.event(event)
    log.document("summary.json", {"note": "abcd1234"})
    log.close()
    assert log.directory == tmp_path / "runs/20261125T043014Z-1"
    assert (log.directory / "ansible.log").read_text() == f"said {MASK} and {MASK}\n"
    kept = json.loads((log.directory / "events.jsonl").read_text())
    assert kept == {"event": "runner_on_ok", "stdout": f"said {MASK} and {MASK}", "event_data": {"res": {"msg": MASK}}}
    assert json.loads((log.directory / "summary.json").read_text()) == {"note": MASK}
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (log.directory, *log.directory.iterdir())}
    assert modes == {"20261125T043014Z-1": 0o700, "ansible.log": 0o600, "events.jsonl": 0o600, "summary.json": 0o600}


@pytest.mark.parametrize(
    "text",
    ["token hf_abcdefghijklmnopqrstuv", "https://me:geheim99@example.org/x", "Authorization: Bearer abcdefgh12345"],
)
def test_what_looks_like_a_secret_is_masked_without_being_known(text: str) -> None:
    masked = Masker(())(text)
    assert not any(secret in masked for secret in ("hf_abc", "geheim99", "abcdefgh12345"))


def test_short_values_are_left_alone() -> None:
    assert Masker({"on", ""})("turned on") == "turned on"


def test_the_longer_of_two_overlapping_secrets_goes_first() -> None:
    assert Masker({"abcd", "abcdef"})("abcdef") == MASK


def test_secrets_are_known_by_their_variables_names() -> None:
    variables = {
        "models_token": "t1",
        "ansible_become_password": "t2",
        "ansible_ssh_pass": "t3",
        "X_API_KEY": "t4",
        "models_path": "/srv",
        "ansible_ssh_private_key_file": "~/.ssh/id",
        "empty_token": "",
    }
    assert secrets_in(variables) == {"t1", "t2", "t3", "t4"}


def test_runs_that_start_in_the_same_second_have_their_own_directories(tmp_path: Path) -> None:
    for _ in range(11):
        open_log(tmp_path, (), now=NOW).close()
    assert [path.name for path in past_runs(tmp_path)][:2] == ["20261125T043014Z-11", "20261125T043014Z-10"]


def test_only_the_newest_are_kept_and_nothing_else_is_touched(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    for number in range(KEEP + 5):
        open_log(tmp_path, (), now=NOW.replace(minute=number % 60)).close()
    kept = past_runs(tmp_path)
    assert len(kept) == KEEP
    assert kept[-1].name == "20261125T040514Z-1"
    assert (tmp_path / "notes").is_dir()


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"XDG_STATE_HOME": "/state"}, "/state/rigprov/runs"),
        ({}, "~/.local/state/rigprov/runs"),
        ({"XDG_STATE_HOME": "rel"}, "~/.local/state/rigprov/runs"),
    ],
)
def test_where_runs_are_kept(environment: dict[str, str], expected: str) -> None:
    assert runs_directory(environment) == Path(expected).expanduser()

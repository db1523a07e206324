import os
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigprov.history.folder import KEEP, folder_of, newest_first, proofs_folder, prune, write

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
# No lone surrogates: a host's name comes as text.
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@pytest.mark.parametrize("environment", [{}, {"XDG_STATE_HOME": ""}, {"XDG_STATE_HOME": "relative"}])
def test_at_home(environment):
    assert proofs_folder(environment) == Path.home() / ".local/state/rigprov/proofs"


def test_where_the_user_wants_state():
    assert proofs_folder({"XDG_STATE_HOME": "/state"}) == Path("/state/rigprov/proofs")


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("rig-01", "rig-01"),
        ("me@203.0.113.7:2222", "me@203.0.113.7:2222"),
        ("../../etc", "%2E.%2F..%2Fetc"),
        (".", "%2E"),
        ("", "%"),
        ("%", "%25"),
    ],
)
def test_name_of_a_hosts_directory(host, name):
    assert folder_of(Path("/p"), host) == Path("/p", name)


@given(NAMES, NAMES)
def test_no_two_hosts_share_a_directory_and_none_leaves_the_folder(one, other):
    assert folder_of(Path("/p"), one).parent == Path("/p")
    assert len(folder_of(Path("/p"), one).name) <= 140
    assert (folder_of(Path("/p"), one) == folder_of(Path("/p"), other)) is (one == other)


def test_only_the_user_may_read(tmp_path):
    path = write(tmp_path / "state/rigprov/proofs/a", "x")
    assert path.read_text() == "x"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_newest_first_and_nothing_else(tmp_path):
    made = [write(tmp_path, "x", NOON + timedelta(seconds=second)) for second in (2, 1, 3)]
    (tmp_path / "notes.txt").write_text("mine")
    assert newest_first(tmp_path) == [made[2], made[0], made[1]]
    assert newest_first(tmp_path / "none") == []


def test_the_newest_are_kept_and_the_users_files_too(tmp_path):
    for number in range(KEEP + 5):
        write(tmp_path, str(number), NOON + timedelta(minutes=number))
    (tmp_path / "notes.txt").write_text("mine")
    prune(tmp_path)
    assert [path.read_text() for path in newest_first(tmp_path)] == [str(number) for number in range(KEEP + 4, 4, -1)]
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_halves_of_a_killed_run_go_and_those_of_a_running_one_stay(tmp_path):
    old, young = (tmp_path / f".20261125T12000{digit}.000000Z-0000000{digit}.json.part" for digit in (1, 2))
    for path in (old, young):
        path.write_text("half")
    os.utime(old, (time.time() - 7200,) * 2)
    prune(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [young.name]


def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(_number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path, "x")
    assert list(tmp_path.iterdir()) == []


def write_many(folder: Path) -> int:
    return len({write(folder, "x" * 10_000, NOON) for _ in range(20)})


def test_runs_at_the_same_moment_do_not_clash(tmp_path):
    with ProcessPoolExecutor(4) as pool:
        assert sum(pool.map(write_many, [tmp_path] * 4)) == 80
    found = newest_first(tmp_path)
    assert len(found) == 80
    assert {path.stat().st_size for path in found} == {10_000}

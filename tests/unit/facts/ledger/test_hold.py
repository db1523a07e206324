"""The lock on a host: held for as long as the run's connection lives, and no longer."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from rigprov.facts.ledger.hold import holder_of, release, take

WAIT_S = 5.0


@pytest.fixture
def lock(tmp_path):
    return str(tmp_path / "lock")


@pytest.fixture
def connection() -> Iterator[subprocess.Popen[bytes]]:
    """Stands for the server's process of a login."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def who(run="a", **more):
    return {"token": run, "text": f"{run}@laptop", **more}


def until_free(lock: str) -> bool:
    end = time.monotonic() + WAIT_S
    while holder_of(lock):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def test_the_second_is_told_who_holds_it_and_the_first_goes_on(lock, connection):
    assert holder_of(lock) == {}
    assert take(lock, who(), connection.pid) == {}
    assert holder_of(lock) == take(lock, who("b"), connection.pid) == {"held": "a@laptop", "run": "a"}
    assert take(lock, who(), connection.pid) == {}, "its own later steps find it held"
    release(lock, "b")
    assert holder_of(lock), "nobody else lets go of it"
    release(lock, "a")
    assert until_free(lock)
    assert take(lock, who("b"), connection.pid) == {}
    release(lock, "b")


def test_it_is_free_when_the_connection_ends_however_that_happens(lock, connection):
    assert take(lock, who(), connection.pid) == {}
    connection.kill()
    connection.wait()
    assert until_free(lock)


def test_a_run_that_is_known_to_have_ended_is_taken_over_from(lock, connection):
    assert take(lock, who(), connection.pid) == {}
    assert take(lock, who("b", gone=["c"]), connection.pid)["held"] == "a@laptop"
    assert take(lock, who("b", gone=["a"]), connection.pid) == {}
    assert holder_of(lock)["run"] == "b"
    release(lock, "b")
    assert until_free(lock)


@pytest.mark.parametrize("text", ["", "nonsense", "[]", json.dumps({"pid": 1, "started": ""}), json.dumps({"token": "a"})])
def test_what_is_in_the_file_counts_only_while_it_is_locked(lock, text, connection):
    with open(lock, "w") as file:  # noqa: PTH123 - a path in a text
        file.write(text)
    assert holder_of(lock) == {}
    release(lock, "a")
    assert take(lock, who(), connection.pid) == {}
    release(lock, "a")
    assert until_free(lock)


def test_a_link_in_its_place_is_not_followed(tmp_path, connection):
    (tmp_path / "lock").symlink_to("target")
    with pytest.raises(OSError, match="symbolic links"):
        take(str(tmp_path / "lock"), who(), connection.pid)
    assert holder_of(str(tmp_path / "lock")) == {}
    assert not (tmp_path / "target").exists()


def test_where_no_connection_can_be_watched_nothing_is_held(lock, monkeypatch):
    monkeypatch.setattr("rigprov.facts.ledger.hold._server", lambda: None)
    assert take(lock, who()) == {}
    assert holder_of(lock) == {}

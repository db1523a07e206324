"""Answers of sources come back as they were kept, for a day, for their own host, and only whole."""

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rigprov.history.sources import Answers, find, put, sources_folder

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
ANSWERS: Answers = {"reach-hub": {"name": "reach-hub", "command": "ask", "output": "https://hub/\n200", "errors": "", "rc": 0}}


def test_round_trip(tmp_path: Path) -> None:
    folder = sources_folder({"XDG_STATE_HOME": str(tmp_path)})
    put(folder, "ops@../web", ANSWERS, NOW)
    assert find(folder, "ops@../web", NOW) == ANSWERS
    assert find(folder, "web", NOW) == {}
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    put(folder, "ops@../web", {}, NOW)
    assert find(folder, "ops@../web", NOW) == {}


@pytest.mark.parametrize(("hours", "counts"), [(0, True), (23.9, True), (24, False), (-0.1, False)])
def test_a_day(tmp_path: Path, hours: float, counts: bool) -> None:
    put(tmp_path, "web", ANSWERS, NOW)
    assert find(tmp_path, "web", NOW + timedelta(hours=hours)) == (ANSWERS if counts else {})


GOOD = {"host": "web", "taken": NOW.isoformat(), "answers": ANSWERS}
ANSWER = ANSWERS["reach-hub"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        "[" * 100_000,
        json.dumps(GOOD | {"host": "db"}),
        json.dumps(GOOD | {"taken": "yesterday"}),
        json.dumps(GOOD | {"taken": "2026-11-27T12:00:00"}),  # without its zone it cannot be compared
        json.dumps(GOOD | {"taken": 5}),
        json.dumps(GOOD | {"answers": []}),
        json.dumps(GOOD | {"answers": {"reach-hub": "200"}}),
        json.dumps(GOOD | {"answers": {"reach-hub": ANSWER | {"rc": True}}}),
        json.dumps(GOOD | {"answers": {"reach-hub": ANSWER | {"more": "x"}}}),
        json.dumps(GOOD | {"answers": {"reach-hub": {"rc": 0}}}),
        json.dumps({"host": "web"}),
    ],
)
def test_what_makes_no_sense_is_not_taken(tmp_path: Path, content: str) -> None:
    put(tmp_path, "web", ANSWERS, NOW)
    (tmp_path / "web.json").write_text(content)
    assert find(tmp_path, "web", NOW) == {}


def test_the_good_one_of_these_is(tmp_path: Path) -> None:
    (tmp_path / "web.json").write_text(json.dumps(GOOD))
    assert find(tmp_path, "web", NOW) == ANSWERS


def test_no_file_but_a_directory(tmp_path: Path) -> None:
    (tmp_path / "web.json").mkdir()
    assert find(tmp_path, "web", NOW) == {}

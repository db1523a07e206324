import pytest

from rigprov.apply.board import Board, Row, duration
from rigprov.apply.events import Event


def board() -> Board:
    return Board({"a": ("base", "docker"), "b": ("base", "docker")}, {"a": {"base": 10.0, "docker": 30.0}}, now=100.0)


def test_a_row_follows_its_host() -> None:
    seen = board()
    for now, event in [
        (100.0, Event("start", "a", "base", "Install")),
        (104.0, Event("changed", "a", "base", "Install")),
        (112.0, Event("start", "a", "docker", "Repository")),
        (114.0, Event("ok", "a", "docker", "Repository")),
    ]:
        seen.take(event, now)
    row = seen.rows["a"]
    assert (row.role, row.number, row.task, row.changed, row.ended) == ("docker", 2, "Repository", 1, "")
    assert seen.rows["b"] == Row(("base", "docker"), role_since=100.0)


def test_rest_comes_from_earlier_runs_or_is_not_known() -> None:
    seen = board()
    assert seen.rows["a"].rest(100.0) == 40.0
    seen.take(Event("ok", "a", "base", "Install"), 102.0)
    assert seen.rows["a"].rest(106.0) == 36.0
    assert seen.rows["a"].rest(200.0) == 30.0
    assert seen.rows["b"].rest(100.0) is None


def test_a_skipped_role_does_not_look_begun() -> None:
    seen = board()
    seen.take(Event("skipped", "a", "docker", "Install"), 101.0)
    assert seen.rows["a"].role == ""


def test_ends() -> None:
    seen = board()
    seen.take(Event("failed", "a", "base", "T"), 101.0)
    seen.take(Event("stats"), 102.0)
    assert [row.ended for row in seen.rows.values()] == ["failed", "done"]


def test_a_rescued_failure_is_no_end() -> None:
    seen = board()
    seen.take(Event("failed", "a", "base", "T"), 101.0)
    seen.take(Event("start", "a", "base", "Mend"), 102.0)
    assert seen.rows["a"].ended == ""


@pytest.mark.parametrize(("seconds", "text"), [(None, "?"), (0.4, "0:00"), (65.9, "1:05"), (3600, "60:00")])
def test_duration(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text

"""Where a run keeps its files."""

from pathlib import Path

import pytest

from rigprov.apply.runner import _place

LONG = "a-directory-whose-name-is-far-too-long-for-sockets"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (("short", "other"), "short"),
        (("missing", "short"), "short"),
        (("", "short"), "short"),
        ((LONG, "other"), "other"),
        ((LONG, "missing"), "/tmp"),  # noqa: S108 - only its name
    ],
)
def test_the_first_that_is_writable_and_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: tuple[str, ...], found: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("short", "other", LONG):
        Path(name).mkdir()
    assert _place(*wanted) == Path(found)

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rigprov.errors import UsageError
from rigprov.report.html.document import document
from rigprov.report.html.file import check, default_name, write
from rigprov.report.html.page import page
from tests.unit.report.cases import STARTER

PAGE = page(document({"demo": [STARTER]}, datetime(2026, 11, 25, tzinfo=UTC)))


@pytest.mark.parametrize(
    ("hosts", "name"),
    [
        (["rig-01"], "rigprov-report-rig-01.html"),
        (["me@203.0.113.7:22"], "rigprov-report-me@203.0.113.7_22.html"),
        (["../../etc/x"], "rigprov-report-.._.._etc_x.html"),
        (["a", "b"], "rigprov-report.html"),
    ],
)
def test_default_name(hosts, name):
    assert default_name(hosts) == Path(name)


def test_a_report_may_be_written_again(tmp_path):
    path = tmp_path / "r.html"
    write(path, PAGE)
    write(path, PAGE + "<!-- 2 -->")
    assert path.read_text().endswith("<!-- 2 -->")
    assert [entry.name for entry in tmp_path.iterdir()] == ["r.html"]


def test_the_mode_is_that_of_any_new_file(tmp_path):
    before = os.umask(0o027)
    try:
        write(tmp_path / "r.html", PAGE)
    finally:
        os.umask(before)
    assert (tmp_path / "r.html").stat().st_mode & 0o777 == 0o640


def test_behind_a_link_the_file_is_replaced(tmp_path):
    (tmp_path / "link.html").symlink_to("real.html")
    write(tmp_path / "link.html", PAGE)
    assert (tmp_path / "link.html").is_symlink()
    assert (tmp_path / "real.html").read_text() == PAGE


@pytest.mark.parametrize("content", ["my thesis", "", "<!doctype html><title>rigprov</title>", "x" * 5000 + PAGE])
def test_another_file_is_never_overwritten(tmp_path, content):
    path = tmp_path / "r.html"
    path.write_text(content)
    with pytest.raises(UsageError, match=r"is there already and is no report of rigprov's"):
        write(path, PAGE)
    assert path.read_text() == content


@pytest.mark.parametrize(
    ("name", "said"), [("", "is a directory"), ("none/r.html", "there is no directory"), ("file/r.html", "there is no directory")]
)
def test_no_place_for_a_file(tmp_path, name, said):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=said):
        check(tmp_path / name)


def test_a_pipe_is_left_alone(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="is no report"):
        write(tmp_path / "pipe", PAGE)


def test_a_full_disk_keeps_the_old_report(tmp_path, monkeypatch):
    path = tmp_path / "r.html"
    write(path, PAGE)

    def full(*_words):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(UsageError, match="cannot be written: No space left on device"):
        write(path, "other")
    assert path.read_text() == PAGE
    assert [entry.name for entry in tmp_path.iterdir()] == ["r.html"]

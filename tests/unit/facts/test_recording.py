"""Recordings written, read back, edited by hand, damaged."""

import json
from pathlib import Path

import pytest

from rigprov.errors import UsageError
from rigprov.facts import recording
from rigprov.facts.recording import Recording, Section

SECTIONS = {
    "uname": Section("uname", "uname -srm", "Linux 6.1.0 x86_64", "", 0),
    "modules": Section("modules", "cut -d ' ' -f 1 /proc/modules", "", "cut: /proc/modules: No such file\n\nreally", 1),
    "by-id": Section("by-id", "ls", "", "", 0),
    "fstab": Section("fstab", "cat /etc/fstab", "\n# a comment\n\nlast\n", "", 0),
}
TAKEN = Recording("rig", "2026-11-20T08:30:00+00:00", SECTIONS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    recording.write(TAKEN, tmp_path / "rec")
    return tmp_path / "rec"


def test_what_was_written_is_read_back(folder: Path) -> None:
    assert recording.read(folder) == TAKEN
    assert (folder / "modules.txt").read_text() == (
        "$ cut -d ' ' -f 1 /proc/modules\n! cut: /proc/modules: No such file\n! \n! really\n# exit 1\n"
    )
    assert json.loads((folder / "recording.json").read_text())["files"] == ["by-id.txt", "fstab.txt", "modules.txt", "uname.txt"]


def test_an_editor_may_add_a_line_break_or_write_windows_line_ends(folder: Path) -> None:
    (folder / "uname.txt").write_bytes(b"$ uname -srm\r\nLinux 6.6.0 x86_64\r\n# exit 0\r\n\r\n")
    assert recording.read(folder).sections["uname"] == Section("uname", "uname -srm", "Linux 6.6.0 x86_64", "", 0)


def test_a_section_may_be_taken_out_of_the_index(folder: Path) -> None:
    index = json.loads((folder / "recording.json").read_text())
    index["files"].remove("modules.txt")
    (folder / "recording.json").write_text(json.dumps(index))
    (folder / "modules.txt").unlink()
    assert sorted(recording.read(folder).sections) == ["by-id", "fstab", "uname"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("$ uname -srm\nLinux 6.1", "`{file}` is cut off: its last line is not `# exit N`"),
        ("$ uname -srm\nLinux 6.1.0 x86_64\n# exit ", "`{file}` is cut off: its last line is not `# exit N`"),
        ("", "`{file}` does not begin with `$ command`"),
        ("Linux\n# exit 0", "`{file}` does not begin with `$ command`"),
    ],
)
def test_damaged_file(folder: Path, text: str, message: str) -> None:
    (folder / "uname.txt").write_text(text)
    with pytest.raises(UsageError) as caught:
        recording.read(folder)
    assert str(caught.value) == message.format(file=folder / "uname.txt")
    assert caught.value.hint == "record again with `rigprov facts HOST --record DIR`"


def test_missing_file(folder: Path) -> None:
    (folder / "uname.txt").unlink()
    with pytest.raises(UsageError) as caught:
        recording.read(folder)
    assert str(caught.value) == f"`{folder / 'uname.txt'}` is missing, though `recording.json` lists it"


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ("{", "is not valid JSON"),
        ("[]", "lacks one of format, rigprov, host, taken"),
        ('{"format": 1}', "lacks one of format, rigprov, host, taken"),
        ('{"format": 2}', "has format 2, this rigprov reads up to 1"),
        ('{"format": 1, "rigprov": "0", "host": "h", "taken": "t", "files": "uname.txt"}', "is not a list of file names"),
        (
            '{"format": 1, "rigprov": "0", "host": "h", "taken": "t", "files": ["../../etc/passwd"]}',
            "is not a list of file names",
        ),
    ],
)
def test_bad_index(folder: Path, index: str, message: str) -> None:
    (folder / "recording.json").write_text(index)
    with pytest.raises(UsageError, match=message):
        recording.read(folder)


def test_a_directory_that_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        recording.read_all(tmp_path)
    assert str(caught.value) == f"`{tmp_path}` is not a recording: it has no `recording.json`"


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no directory"):
        recording.read_all(tmp_path / "none")


def test_recordings_of_several_hosts(tmp_path: Path) -> None:
    for name in ("b", "a"):
        recording.write(Recording(name, "t", SECTIONS), tmp_path / name)
    assert [found.host for found in recording.read_all(tmp_path)] == ["a", "b"]


def test_nothing_is_overwritten(folder: Path) -> None:
    before = (folder / "uname.txt").read_text()
    with pytest.raises(UsageError, match="is not an empty directory"):
        recording.write(Recording("other", "t", {}), folder)
    assert (folder / "uname.txt").read_text() == before


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match="is not an empty directory"):
        recording.check_folder(tmp_path / "file")
    with pytest.raises(UsageError, match="cannot be written: Not a directory"):
        recording.write(TAKEN, tmp_path / "file" / "below")
    assert (tmp_path / "file").read_text() == "mine"

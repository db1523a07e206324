"""States of files, links, directories, trees and blocks of lines."""

import os
from pathlib import Path

import pytest

from rigprov.facts.ledger.paths import block_state, path_state, tree_state

HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


def test_a_file_with_content_owner_and_mode(tmp_path):
    (tmp_path / "x").write_text("hello")
    (tmp_path / "x").chmod(0o4640)
    found = path_state(str(tmp_path / "x"))
    assert (found["is"], found["sha256"], found["mode"]) == ("file", HELLO, "4640")
    assert (found["owner"], found["group"]) == ((tmp_path / "x").owner(), (tmp_path / "x").group())


def test_a_directory_a_link_a_pipe_and_nothing(tmp_path):
    (tmp_path / "d").mkdir(mode=0o700)
    (tmp_path / "f").write_text("hello")
    (tmp_path / "l").symlink_to("f")
    (tmp_path / "dangling").symlink_to("none")
    os.mkfifo(tmp_path / "p")
    states = {name: path_state(str(tmp_path / name)) for name in ("d", "l", "dangling", "p", "none", "f/x")}
    assert {name: state["is"] for name, state in states.items()} == {
        "d": "directory",
        "l": "link",
        "dangling": "link",
        "p": "neither file nor directory",
        "none": "absent",
        "f/x": "absent",
    }
    assert states["d"]["mode"] == "0700"
    assert (states["l"]["to"], states["l"]["sha256"]) == ("f", HELLO), "what it leads to may change without it"
    assert "sha256" not in states["dangling"]


def test_a_big_file_changes_even_where_size_and_time_were_put_back(tmp_path):
    path = tmp_path / "x"
    path.write_text("hello")
    before, times = path_state(str(path), big=True), path.stat()
    path.write_text("jello")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    after = path_state(str(path), big=True)
    assert "sha256" not in before
    assert (before["bytes"], before["changed_ns"] < after["changed_ns"]) == (after["bytes"], True)


def tree(tmp_path: Path) -> str:
    (tmp_path / "t/sub/__pycache__").mkdir(parents=True)
    (tmp_path / "t/sub/a").write_text("a")
    (tmp_path / "t/sub/__pycache__/a.pyc").write_text("a")
    (tmp_path / "t/l").symlink_to("sub/a")
    return str(tmp_path / "t")


@pytest.mark.parametrize(
    "change",
    [
        lambda top: (top / "sub/a").write_text("b"),
        lambda top: (top / "sub/a").chmod(0o600),
        lambda top: (top / "new").write_text(""),
        lambda top: (top / "sub/a").unlink(),
        lambda top: ((top / "l").unlink(), (top / "l").symlink_to("sub")),
    ],
)
def test_a_tree_changes_with_anything_in_it(tmp_path, change):
    before = tree_state(tree(tmp_path))
    change(tmp_path / "t")
    assert tree_state(str(tmp_path / "t")) != before


def test_a_tree_does_not_change_by_being_used(tmp_path):
    before = tree_state(tree(tmp_path))
    (tmp_path / "t/sub/__pycache__/b.pyc").write_text("b")
    (tmp_path / "t/sub/a").read_text()
    assert tree_state(str(tmp_path / "t")) == before
    assert (before["is"], before["entries"]) == ("tree", 3)


def test_a_tree_that_is_no_directory(tmp_path):
    assert tree_state(str(tmp_path / "none")) == {"is": "absent"}


MARKER = "# {mark} ours"
TEXT = "a\n# BEGIN ours\nx\n# END ours\nb\n"


def test_a_block_is_its_own_lines_only(tmp_path):
    path = tmp_path / "fstab"
    path.write_text(TEXT)
    found = block_state(str(path), MARKER)
    path.write_text(f"more\n{TEXT}more\n")
    assert block_state(str(path), MARKER) == found
    path.write_text(TEXT.replace("x", "y"))
    assert block_state(str(path), MARKER)["sha256"] != found["sha256"]


@pytest.mark.parametrize("text", ["", "a\n", "# BEGIN ours\nx\n"])
def test_no_block(tmp_path, text):
    (tmp_path / "fstab").write_text(text)
    assert block_state(str(tmp_path / "fstab"), MARKER) == {"is": "absent"}
    assert block_state(str(tmp_path / "none"), MARKER) == {"is": "absent"}

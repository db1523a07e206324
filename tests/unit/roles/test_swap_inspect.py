"""What the role swap sees at a path: `inspect.sh` run here, where it changes nothing."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.roles.scripts import ROLES

SCRIPT = ROLES / "swap" / "files" / "inspect.sh"
NEEDED = ("blkid", "findmnt", "swapon", "mkswap")
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"

pytestmark = pytest.mark.skipif(
    not all(shutil.which(tool, path=PATH) for tool in NEEDED), reason="needs util-linux, as every host of the role has it"
)


def inspect(file: Path) -> dict[str, str]:
    command = ["sh", str(SCRIPT), str(file), "rigprov", "# BEGIN rigprov: swap file"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"PATH": PATH})
    return dict(line.split("=", 1) for line in done.stdout.splitlines())


def plain(path: Path) -> None:
    path.write_text("precious")


def swap(path: Path) -> None:
    path.write_bytes(bytes(2**20))
    subprocess.run(["mkswap", "-q", "-L", "rigprov", path], check=True, capture_output=True, env={"PATH": PATH})


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda path: None, "absent"),
        (plain, "file"),
        (swap, "swap"),
        (Path.mkdir, "directory"),
        (lambda path: path.symlink_to("/dev/null"), "link"),
        (lambda path: path.symlink_to("/nowhere"), "link"),
    ],
)
def test_kinds(tmp_path, make, kind):
    make(tmp_path / "swapfile")
    found = inspect(tmp_path / "swapfile")
    assert found["kind"] == kind
    assert (found["active"], found["fstab"], found["unfinished"], found["earlier"]) == ("no", "no", "", "")
    assert (found["label"], found["bytes"]) == (
        ("rigprov", "1048576") if kind == "swap" else ("", "8" if kind == "file" else "0")
    )
    assert int(found["free_mib"]) > 0


def test_without_a_directory_there_is_no_room(tmp_path):
    assert inspect(tmp_path / "none" / "swapfile")["free_mib"] == ""


def test_amounts_are_whole_numbers_however_large(tmp_path):
    """Some awks print large numbers with an exponent."""
    found = inspect(tmp_path / "swapfile")
    assert all(found[name].isdigit() for name in ("available_bytes", "margin_bytes", "free_mib", "swappiness"))
    assert int(found["margin_bytes"]) >= 256 * 2**20


def test_nothing_is_left_behind(tmp_path):
    here = {*Path().iterdir()}
    inspect(tmp_path / "swapfile")
    assert {*Path().iterdir()} == here
    assert list(tmp_path.iterdir()) == []

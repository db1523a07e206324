"""The cold read of files on real file systems over disk images. In a mount namespace of its own, which ends with its shell."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.meta.checkout import ROOT

pytestmark = pytest.mark.live

LOOK = """
import json, sys
from rigprov.verify.host import disk, pages
kept = disk.examine(sys.argv[1], may_drop=False)["disk"]
print(json.dumps([kept, disk.before_load(sys.argv[1], 1)["disk"], pages.resident(sys.argv[1])]))
"""
FILE = "head -c 100M /dev/urandom >at/model; sync; cat at/model >/dev/null"


def seen(folder: Path, *commands: str) -> tuple[dict[str, Any], dict[str, Any], float]:
    """What is seen of `at/model`: as while an engine runs, and before a load; and what is in memory then."""
    look = f"PYTHONPATH={ROOT} {sys.executable} -c '{LOOK}' at/model"
    script = "\n".join(["set -e", "mkdir at", *commands, look])
    done = subprocess.run(["unshare", "-m", "sh", "-c", script], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    kept, fresh, left = json.loads(done.stdout.splitlines()[-1])
    return kept, fresh, left


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    if subprocess.run(["stat", "-f", "-c", "%T", tmp_path], capture_output=True, text=True, check=True).stdout == "tmpfs\n":
        pytest.skip("temporary files lie in memory")
    return tmp_path


def image(name: str) -> str:
    return f"truncate -s 400M {name}"


def test_a_disk_image_in_the_kernels_memory_is_not_cold(folder: Path) -> None:
    kept, fresh, left = seen(folder, image("a"), "mkfs.ext4 -q a", "mount -o loop a at", FILE)
    assert kept["file_system"] == "ext4"
    assert [layer["kind"] for layer in kept["layers"]] == ["loop"]
    assert kept["backing"] == [str(folder / "a")]
    assert "stay in memory" in kept["read"]["reason"]
    assert (fresh["read"]["bytes"], fresh["read"]["resident"], fresh["cached"], left) == (100 << 20, 0, 0, 0)
    assert fresh["read"]["gb_s"] > 0


def test_btrfs_of_two_devices(folder: Path) -> None:
    if not shutil.which("mkfs.btrfs"):
        pytest.skip("mkfs.btrfs is not installed here")
    loops = "one=$(losetup -f --show a); two=$(losetup -f --show b); trap 'umount at; losetup -d $one $two' EXIT"
    made = "mkfs.btrfs -q -d raid0 -m raid0 $one $two; mount -o device=$two $one at"
    kept, fresh, _ = seen(folder, image("a"), image("b"), loops, made, FILE)
    assert kept["file_system"] == "btrfs"
    assert [layer["kind"] for layer in kept["layers"]] == ["loop", "loop"]
    assert sorted(fresh["backing"]) == [str(folder / "a"), str(folder / "b")]
    assert fresh["read"]["gb_s"] > 0


def test_an_overlay_shows_no_disk_but_is_read(folder: Path) -> None:
    made = "mkdir low up work; mount -t overlay -o lowerdir=low,upperdir=up,workdir=work overlay at"
    kept, fresh, left = seen(folder, made, FILE)
    assert kept["reason"] == "is on overlay (overlay), which shows no disk"
    assert kept["read"]["gb_s"] > 0
    assert (fresh["read"]["bytes"], fresh["cached"], left) == (100 << 20, 0, 0)


def test_memory_is_no_disk(folder: Path) -> None:
    _, fresh, left = seen(folder, "mount -t tmpfs none at", FILE)
    assert fresh["read"] == {"reason": "the file lies in memory (tmpfs)"}
    assert (fresh["cached"], left) == (1, 1)

"""What the role model_storage reads of a disk before it calls it blank. With the real tools: tests/live/test_vm_storage*.py."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.unit.roles.model_storage import load

role = load()
MIB, GIB = 1 << 20, 1 << 30
SIZE = 40 * GIB
UUID = "0c3e5b1a-9d2f-4b7e-8a61-5f0d2c4b7e9a"


@contextmanager
def opened(path: Path, *written: tuple[int, bytes], size: int = SIZE) -> Iterator[int]:
    """A sparse file with something in it, open for reading."""
    with path.open("wb") as file:
        file.truncate(size)
        for offset, data in written:
            file.seek(offset)
            file.write(data)
    handle = os.open(path, os.O_RDONLY)
    try:
        yield handle
    finally:
        os.close(handle)


@pytest.mark.parametrize(
    ("what", "offset"),
    [
        ("first byte", 0),
        ("LVM label", 512),
        ("superblock of md 1.2", 4096),
        ("superblock of btrfs", 64 * 1024),
        ("spare superblock of btrfs", 64 * MIB),
        ("second header of LUKS2", 4 * MIB),
        ("second label of ZFS", 256 * 1024),
        ("last label of ZFS", SIZE - 256 * 1024),
        ("superblock of md 0.90", SIZE - 64 * 1024),
        ("superblock of md 1.0", SIZE - 8 * 1024),
        ("spare GPT", SIZE - 512),
        ("last byte", SIZE - 1),
        ("spare superblock of ext4, blocks of 4 KiB", 32768 * 4096),
        ("the one after that", 3 * 32768 * 4096),
        ("far out", 243 * 32768 * 4096),
        ("of 1 KiB", 8193 * 1024),
        ("of 2 KiB", 5 * 16384 * 2048),
        ("second group of xfs, of four", SIZE // 4),
        ("the middle", SIZE // 2),
    ],
)
def test_one_byte_in_a_place_that_counts_is_seen(tmp_path: Path, what: str, offset: int) -> None:
    with opened(tmp_path / "disk", (offset, b"\x01")) as handle:
        assert f"data near byte {offset}" in role.proof.trace(handle, SIZE), what


@pytest.mark.parametrize("size", [SIZE, 8 * MIB, 5 * MIB, 64 * 1024, 3 * GIB + 512])
def test_zeros_are_blank_at_any_size(tmp_path: Path, size: int) -> None:
    with opened(tmp_path / "disk", size=size) as handle:
        assert role.proof.trace(handle, size) == ""


def test_what_is_read_lies_on_the_disk_and_stays_small() -> None:
    read = list(role.proof.spans(8 << 40))
    assert all(at >= 0 and at + length <= 8 << 40 and length for at, length in read)
    assert sum(length for _, length in read) < 32 * MIB


def test_a_disk_that_ends_early_is_not_blank(tmp_path: Path) -> None:
    with opened(tmp_path / "disk", size=MIB) as handle, pytest.raises(OSError, match="only 1048576 of 8388608 bytes"):
        role.proof.trace(handle, SIZE)


def superblock(uuid: str) -> bytes:
    text = bytearray(1024)
    text[56:58] = b"\x53\xef"
    text[104:120] = bytes.fromhex(uuid.replace("-", ""))
    return bytes(text)


def test_a_run_that_was_cut_off_finds_its_own_traces_and_nobody_elses(tmp_path: Path) -> None:
    ours, at = {role.proof.plain(UUID)}, 3 * 32768 * 4096
    with opened(tmp_path / "ours", (0, b"xfs of ours"), (at, superblock(UUID))) as handle:
        assert role.proof.trace(handle, SIZE, ours) == ""
    with opened(tmp_path / "theirs", (at, superblock("f" * 32))) as handle:
        assert role.proof.trace(handle, SIZE, ours) == f"a spare superblock of an ext file system at byte {at}"


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[int, str]]:
    """Answers of the tools, by name."""
    answers = {"wipefs": (0, '{"signatures": []}')}

    def run(*argv: str) -> Any:
        code, text = answers[argv[0]]
        return role.host.subprocess.CompletedProcess(argv, code, text, "")

    monkeypatch.setattr(role.host, "run", run)
    return answers


@pytest.mark.parametrize(
    ("different", "message"),
    [
        ({}, ""),
        ({"size": "1000", "ro": "0"}, ""),
        ({"serial": "S2"}, "another disk than was planned: it has serial S2 and 1000 bytes, not"),
        ({"size": 2000}, "it has serial S1 and 2000 bytes, not serial S1 and 1000 bytes"),
        ({"serial": None}, "serial unknown"),
        ({"type": "part", "kname": "nvme0n1p1"}, "not a whole disk"),
        ({"kname": "zram0"}, "not a whole disk"),
        ({"ro": "1"}, "is read-only"),
    ],
)
def test_the_disk_is_the_one_that_is_meant(
    tools: dict[str, tuple[int, str]], tmp_path: Path, different: dict[str, Any], message: str
) -> None:
    row = {"kname": "nvme0n1", "type": "disk", "serial": "S1 ", "size": 1000, "ro": False, **different}
    tools["lsblk"] = (0, role.host.json.dumps({"blockdevices": [row]}))
    disk = {"device": str(tmp_path), "serial": "S1", "size_bytes": 1000}
    if message:
        with pytest.raises(role.host.RefusedError, match=message):
            role.proof.identify(disk)
    else:
        assert role.proof.identify(disk) == "nvme0n1"


def test_a_disk_that_is_away_is_named() -> None:
    with pytest.raises(role.host.RefusedError, match="/dev/disk/by-id/none is not there"):
        role.proof.identify({"device": "/dev/disk/by-id/none", "serial": "S", "size_bytes": 1})


@pytest.mark.parametrize(
    ("answer", "message"),
    [((1, ""), "could not be read by wipefs"), ((0, "garbage"), "not understood"), ((0, "{}"), "not understood")],
)
def test_what_wipefs_cannot_read_is_not_blank(tools: dict[str, tuple[int, str]], answer: tuple[int, str], message: str) -> None:
    tools["wipefs"] = answer
    with pytest.raises(role.host.RefusedError, match=message):
        role.proof.signatures("/dev/x")


@pytest.mark.parametrize(
    ("path", "belongs"),
    [
        ("/dev/nvme1n1", True),
        ("/dev/nvme1n1p2", True),
        ("/dev/nvme1n10", False),
        ("/dev/disk/by-id/nvme-A_S1-part1", True),
        ("/dev/disk/by-id/nvme-A_S1", True),
        ("/dev/disk/by-id/nvme-A_S12", False),
        ("/dev/nvme0n1", False),
        ("/dev/sdb3", True),
        ("/dev/sdba", False),
    ],
)
def test_names_of_a_disk_and_its_partitions(path: str, belongs: bool) -> None:
    assert role.users.belongs(path, ["/dev/nvme1n1", "/dev/sdb", "/dev/disk/by-id/nvme-A_S1"]) is belongs


@pytest.mark.parametrize(
    ("table", "text", "found"),
    [
        ("/etc/fstab", "/dev/nvme1n1p1 /data ext4 defaults 0 2", "/etc/fstab names it"),
        ("/etc/fstab", "# /dev/nvme1n1 /data ext4 defaults 0 2\n\n", ""),
        ("/etc/fstab", "/dev/sda1 / ext4 defaults 0 1", ""),
        ("/etc/crypttab", "secret /dev/nvme1n1 none luks", "/etc/crypttab names it"),
    ],
)
def test_tables_that_name_the_disk(monkeypatch: pytest.MonkeyPatch, table: str, text: str, found: str) -> None:
    monkeypatch.setattr(role.host, "read", lambda path: text if path == table else "")
    assert role.users.listed(["/dev/nvme1n1"], table, ())[: len(found) or None] == found

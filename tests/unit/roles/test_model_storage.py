"""What the role model_storage writes down, enters in fstab, and copies. With the real disks: tests/live/test_vm_storage*.py."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.roles.model_storage import load

role = load()
DISK = {"device": "/dev/disk/by-id/nvme-Model_One_S1", "serial": "S 1", "size_bytes": 1000204886016}
LINE = "UUID=u-1 /srv/models xfs noatime,nofail 0 2"
BLOCK = f"# BEGIN rigprov: disk for models\n{LINE}\n# END rigprov: disk for models\n"


def test_the_record_is_what_the_contract_says() -> None:
    values = {
        "state": "formatting",
        "filesystem": "xfs",
        "uuid": "u-1",
        "array_uuid": "",
        "disks": [DISK],
        "mount": "/srv/models",
    }
    text = role.record.unparse(values)

    assert text.splitlines() == [
        "state=formatting",
        "disk=/dev/disk/by-id/nvme-Model_One_S1 S 1 1000204886016",
        "filesystem=xfs",
        "uuid=u-1",
        "mount=/srv/models",
    ]
    assert role.record.parse(text) == {key: value for key, value in values.items() if value}
    assert role.record.parse("") is None


def test_the_record_is_written_whole_and_for_root_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(role.record, "DIRECTORY", str(tmp_path / "rigprov/model_storage"))
    role.record.save("disk", {"state": "done", "disks": [DISK], "uuid": "u-1"})

    directory = tmp_path / "rigprov/model_storage"
    assert [stat.S_IMODE(path.stat().st_mode) for path in (directory, directory / "disk")] == [0o700, 0o600]
    assert [path.name for path in directory.iterdir()] == ["disk"]
    assert role.record.load("disk") == {"state": "done", "disks": [DISK], "uuid": "u-1"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", BLOCK),
        ("/dev/sda1 / ext4 defaults 0 1", f"/dev/sda1 / ext4 defaults 0 1\n{BLOCK}"),
        (f"# mine\n{BLOCK}# also mine\n", f"# mine\n{BLOCK}# also mine\n"),
        (BLOCK.replace("u-1", "u-0") + "# mine\n", f"{BLOCK}# mine\n"),
    ],
)
def test_our_line_in_fstab(before: str, after: str) -> None:
    entered = role.fstab.with_block(before, LINE)
    assert entered == after
    assert role.fstab.with_block(entered, LINE) == entered
    assert role.fstab.without_block(entered) == before.replace(BLOCK, "").replace(BLOCK.replace("u-1", "u-0"), "").rstrip(
        "\n"
    ) + ("\n" if before.replace(BLOCK.replace("u-1", "u-0"), "") else "")


def test_a_block_without_its_end_is_not_touched() -> None:
    with pytest.raises(role.host.RefusedError, match="without its end"):
        role.fstab.without_block("# BEGIN rigprov: disk for models\n/dev/sda1 / ext4 defaults 0 1\n")


@pytest.mark.parametrize(
    ("line", "source"),
    [
        ("/dev/sdb1 /srv/models ext4 defaults 0 2", "/dev/sdb1"),
        ("/dev/sdb1 /srv/models/ ext4 defaults 0 2", "/dev/sdb1"),
        ("/dev/sdb1 /srv/models2 ext4 defaults 0 2", ""),
        ("# /dev/sdb1 /srv/models ext4 defaults 0 2", ""),
        (BLOCK, ""),
    ],
)
def test_a_line_of_the_users_own_for_the_mount_point(line: str, source: str) -> None:
    assert role.fstab.elsewhere(line, "/srv/models") == source


@pytest.mark.parametrize(
    ("line", "may"),
    [
        ("UUID=none-such /media ext4 defaults,nofail 0 2", True),
        ("UUID=none-such /media ext4 noauto 0 2", True),
        ("/dev/none-such /media ext4 nofail 0 2", True),
        ("UUID=none-such /media ext4 defaults 0 2", False),
        ("UUID=none-such /media ext4 x-nofail 0 2", False),
        ("/dev/null / ext4 nofail 0 2", False),
        ("UUID=none-such nofail", False),
    ],
)
def test_what_may_be_away(line: str, may: bool) -> None:
    assert role.fstab.may_be_away(line.split()) is may


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A directory as the caches are: files, links between them, directories with modes of their own."""
    top = tmp_path / "old"
    (top / "hub/blobs").mkdir(parents=True)
    (top / "hub/blobs/a").write_bytes(b"a" * 5000)
    (top / "hub/model.gguf").symlink_to("blobs/a")
    (top / "hub/again.gguf").hardlink_to(top / "hub/blobs/a")
    (top / "broken").symlink_to("/nowhere")
    (top / "empty").mkdir(mode=0o700)
    (top / "hub/blobs/a").chmod(0o440)
    os.utime(top / "hub/blobs/a", ns=(1, 1_600_000_000_123_456_789))
    os.utime(top / "empty", ns=(1, 1_500_000_000_000_000_000))
    return top


def seen(top: Path) -> dict[str, tuple[Any, ...]]:
    """Modes, owners, times and contents of everything below."""
    found = {}
    for path in sorted(top.rglob("*")):
        at = path.lstat()
        data = path.readlink() if path.is_symlink() else path.read_bytes() if path.is_file() else ""
        found[str(path.relative_to(top))] = (at.st_mode, at.st_uid, at.st_gid, at.st_mtime_ns, data)
    return found


def copy(old: Path, new: Path, *, fresh: bool = True) -> dict[str, Any]:
    new.mkdir(exist_ok=True)
    names: dict[str, Any] = role.move.copy(str(old), str(new), fresh=fresh)
    return names


def test_a_copy_is_the_same_in_every_respect(old: Path, tmp_path: Path) -> None:
    copy(old, tmp_path / "new")

    assert seen(tmp_path / "new") == seen(old)
    assert (tmp_path / "new/hub/again.gguf").stat().st_nlink == 2
    assert (tmp_path / "new").stat().st_mode == old.stat().st_mode


def test_a_group_s_number_is_not_taken_for_a_file_s(old: Path, tmp_path: Path) -> None:
    """Hard links are known by the number of their file, and small numbers are groups' as well."""
    names = role.copying.listing(str(old))
    names["hub"] = (*names["hub"][:-1], names["hub/again.gguf"][-1])
    (tmp_path / "new").mkdir()
    role.copying.copy_tree(str(old), str(tmp_path / "new"), names, fresh=True)
    assert seen(tmp_path / "new") == seen(old)


def test_a_copy_that_was_cut_off_goes_on(old: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    (new / "hub/blobs").mkdir(parents=True)
    (new / "hub/blobs/.rigprov-part").write_bytes(b"a" * 100)  # where a power cut left it
    copy(old, new)
    assert seen(new) == seen(old)


def test_a_copy_that_is_wrong_in_spite_of_size_and_time_is_made_again(old: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    copy(old, new)
    times = (new / "hub/blobs/a").stat().st_mtime_ns
    (new / "hub/blobs/a").chmod(0o640)
    (new / "hub/blobs/a").write_bytes(b"a" * 4999 + b"b")
    os.utime(new / "hub/blobs/a", ns=(1, times))

    copy(old, new)
    assert (new / "hub/blobs/a").read_bytes() == b"a" * 5000


def test_files_of_somebody_else_at_the_new_place_are_never_overwritten(old: Path, tmp_path: Path) -> None:
    (tmp_path / "new/hub/blobs").mkdir(parents=True)
    (tmp_path / "new/hub/blobs/a").write_text("theirs")
    with pytest.raises(role.host.RefusedError, match="differ; neither is touched"):
        copy(old, tmp_path / "new", fresh=False)
    assert (tmp_path / "new/hub/blobs/a").read_text() == "theirs"


def changing(monkeypatch: pytest.MonkeyPatch, happen: Callable[[], object]) -> None:
    """Something happens between the copy and the look afterwards."""
    real = role.copying.differing
    monkeypatch.setattr(role.copying, "differing", lambda *words: (happen(), real(*words))[1])


def test_what_is_written_meanwhile_is_copied_too(old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = iter(["late", "later"])
    changing(monkeypatch, lambda: (text := next(texts, "")) and (old / "late").write_text(text))
    copy(old, tmp_path / "new")
    assert (tmp_path / "new/late").read_text() == "later"


def test_what_goes_on_being_written_is_not_moved(old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changing(monkeypatch, lambda: (old / "late").write_text("late"))
    with pytest.raises(role.host.RefusedError, match="changes while it is copied"):
        copy(old, tmp_path / "new")


def test_what_is_no_file_is_not_moved(old: Path, tmp_path: Path) -> None:
    os.mkfifo(old / "pipe")
    with pytest.raises(role.host.RefusedError, match="neither a file, a directory nor a link"):
        copy(old, tmp_path / "new")


def test_no_room(old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(role.copying, "SPARE", 1 << 60)
    with pytest.raises(role.host.RefusedError, match="needs 0 MiB more at the new place"):
        copy(old, tmp_path / "new")


def test_an_old_directory_that_somebody_wrote_to_is_not_removed(
    old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(role.record, "DIRECTORY", str(tmp_path / "records/model_storage"))
    kept = Path(role.move.kept(str(old)))
    kept.mkdir()
    with pytest.raises(role.host.RefusedError, match="was not put aside by rigprov"):
        role.move.remove(str(old))
    kept.rmdir()
    role.move.move({"from": str(old), "path": str(tmp_path / "new"), "mount": "", "uuid": "", "devices": [], "array_uuid": ""})
    assert not old.exists()
    assert seen(kept) == seen(tmp_path / "new")

    (kept / "hub/download").write_text("written by a program that had it open")
    with pytest.raises(role.host.RefusedError, match="hub/download was written after the move"):
        role.move.remove(str(old))
    (kept / "hub/download").unlink()
    assert role.move.remove(str(old)) == {"changed": True}
    assert not kept.exists()
    assert role.move.remove(str(old)) == {"changed": False}


def test_a_move_is_refused_where_it_cannot_end(old: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(old)
    Path(role.move.kept(str(old))).mkdir()
    refuse = role.move.hindrance
    assert "leads through a symbolic link" in refuse(str(tmp_path / "link"), "/srv/models", "", 0)
    assert "lie inside one another" in refuse(str(old), str(old / "hub"), "", 0)
    assert "still there from an earlier move" in refuse(str(old), "/srv/models", "", 0)
    Path(role.move.kept(str(old))).rmdir()
    assert "the new disk only 1 MiB in all" in refuse(str(old), "/srv/models", "", 1 << 20)
    assert refuse(str(old), "/srv/models", "", 0) == ""

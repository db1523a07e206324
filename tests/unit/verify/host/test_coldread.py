"""Real files on this machine's disk and in its memory."""

import mmap
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rigprov.verify.host import coldread, disk, disks, pages

pytestmark = pytest.mark.process

MIB = 1 << 20
SIZE = 96 * MIB


@pytest.fixture
def model(on_disk: Path) -> Path:
    """Random bytes, written out, and in the kernel's memory too."""
    path = on_disk / "model.gguf"
    with path.open("wb") as file:
        for _ in range(SIZE // (8 * MIB)):
            file.write(os.urandom(8 * MIB))
        os.fsync(file.fileno())
    path.read_bytes()
    return path


@pytest.fixture
def in_memory() -> Iterator[Path]:
    with tempfile.NamedTemporaryFile(dir="/dev/shm") as file:
        file.write(bytes(SIZE))
        file.flush()
        yield Path(file.name)


def test_what_is_in_memory_and_what_not(model: Path, in_memory: Path) -> None:
    assert pages.resident(str(model)) == 1
    pages.drop(str(model))
    assert pages.resident(str(model)) == 0
    with model.open("rb") as file:
        file.seek(48 * MIB)
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_RANDOM)  # no reading ahead
        file.read(24 * MIB)
    assert pages.resident(str(model)) == pytest.approx(0.25, abs=0.02)
    pages.drop(str(in_memory))
    assert pages.resident(str(in_memory)) == 1
    assert pages.most_resident([str(model), str(in_memory)]) == 1
    assert pages.most_resident([]) == 0


def test_a_file_that_cannot_be_looked_at(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert pages.resident(str(tmp_path / "empty")) is None
    assert pages.resident(str(tmp_path / "none")) is None
    assert pages.most_resident([str(tmp_path / "none")]) is None


@pytest.mark.parametrize("size", [1, 10 * MIB, 2048 * MIB, 2048 * MIB + 1, 17_284_000_000])
def test_windows_lie_in_the_file_on_whole_pages(size: int) -> None:
    found = pages.windows(size)
    assert all(offset % mmap.PAGESIZE == 0 and length > 0 and offset + length <= size for offset, length in found)
    assert sum(length for _, length in found) == min(size, 2048 * MIB)
    assert found[0][0] == 0
    assert size - sum(found[-1]) < MIB


def test_unwritten_pages_are_written_and_dropped(on_disk: Path) -> None:
    path = on_disk / "new"
    path.write_bytes(os.urandom(16 * MIB))
    pages.drop(str(path))
    assert pages.resident(str(path)) == 0


@pytest.mark.parametrize("buffered", [False, True])
def test_a_cold_read_comes_from_the_disk(model: Path, buffered: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if buffered:  # as on a file system that cannot be read past the kernel's memory
        monkeypatch.setattr(coldread, "_opened", lambda path: (os.open(path, os.O_RDONLY), "buffered"))
    before = pages.from_disk()
    found = coldread.measure(str(model), [], may_drop=True)
    after = pages.from_disk()
    assert before is not None
    assert after is not None
    assert (found["method"], found["resident"]) == (("buffered", 0.0) if buffered else ("direct", None))
    assert found["bytes"] == SIZE
    assert after - before >= SIZE
    assert len(found["stretches_gb_s"]) == 4
    assert min(found["stretches_gb_s"]) <= found["gb_s"] <= max(found["stretches_gb_s"])
    assert found["gb_s"] == pytest.approx(SIZE / found["seconds"] / 1e9, rel=0.02)
    assert found["seconds"] < 6


def test_past_the_kernels_memory_it_is_left_as_it_was(model: Path) -> None:
    assert coldread.measure(str(model), [], may_drop=False)["bytes"] == SIZE
    assert pages.resident(str(model)) == 1


def test_what_a_process_has_mapped_is_not_cold(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coldread, "_opened", lambda path: (os.open(path, os.O_RDONLY), "buffered"))
    with model.open("rb") as file, mmap.mmap(file.fileno(), 0, flags=mmap.MAP_SHARED | mmap.MAP_POPULATE, prot=mmap.PROT_READ):
        found = coldread.measure(str(model), [], may_drop=True)
    assert found["reason"].startswith("100 % of the file stay in memory")
    assert "gb_s" not in found


def test_what_does_not_come_from_a_disk_is_not_measured(in_memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "most_resident", lambda _: 0.0)  # as if nothing told that it is in memory
    found = coldread.measure(str(in_memory), [], may_drop=True)
    assert found["reason"].startswith("only 0 % of what was read came from a disk of this machine")
    assert "gb_s" not in found


@pytest.mark.parametrize(
    ("size", "said"), [(1000, "the file is too small for it (0.0 MB)"), (None, "it cannot be read: No such file")]
)
def test_no_figure_of(tmp_path: Path, size: int | None, said: str) -> None:
    path = tmp_path / "model"
    if size is not None:
        path.write_bytes(bytes(size))
    assert coldread.measure(str(path), [], may_drop=True)["reason"].startswith(said)


def test_a_slow_disk_ends_in_time(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """4 MiB in 0.8 s by each of four threads: 20 MB/s."""
    lock, real = threading.Lock(), os.preadv

    def crawl(*args: object) -> int:
        with lock:
            time.sleep(0.2)
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "preadv", crawl)
    began = time.monotonic()
    found = coldread.measure(str(model), [], may_drop=True)
    assert time.monotonic() - began < 9
    assert found["gb_s"] == pytest.approx(0.021, abs=0.004)
    assert len(found["stretches_gb_s"]) >= 3


def test_before_a_load_the_file_is_forgotten(model: Path) -> None:
    found = disk.before_load(str(model), SIZE)["disk"]
    assert found["read"]["gb_s"] > 0
    assert found["cached"] == 0
    assert pages.resident(str(model)) == 0


def test_a_disk_that_would_hold_up_the_measurement_is_spared_the_load(model: Path) -> None:
    found = disk.before_load(str(model), 10**15)["disk"]
    assert found["read"]["gb_s"] > 0
    assert found["cached"] == 1


def test_a_file_in_memory(in_memory: Path) -> None:
    found = disk.before_load(str(in_memory), SIZE)["disk"]
    assert found["read"] == {"reason": "the file lies in memory (tmpfs)"}
    assert (found["cached"], found["disks"], found["reason"]) == (1, [], "is on tmpfs (tmpfs), which shows no disk")


def test_a_disk_image_that_is_not_visible(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = disks.under
    monkeypatch.setattr(disks, "under", lambda path: real(path) | {"hidden": "loop3"})
    found = disk.before_load(str(model), SIZE)["disk"]
    assert found["read"] == {"reason": "whether disk image loop3 is in the host's memory cannot be seen from here"}
    assert found["cached"] is None


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    found = disk.before_load(str(tmp_path / "none"), SIZE)["disk"]
    assert found["reason"] == "cannot be looked at: No such file or directory"
    assert found["read"] == {"reason": "it cannot be read: No such file or directory"}

"""Headers that nobody wrote on purpose, or that somebody did: told in one sentence, without eating the memory or waiting."""

import os
import struct
from pathlib import Path

import pytest

from rigprov.verify.host import gguf
from rigprov.verify.host.synth_header import Refused
from rigprov.verify.host.synth_like import like

SPARSE = 20 << 30  # bytes that the file has and the disk does not
ROW, ROWS = 64, 30
U32, F32, ARRAY, STRING = 4, 6, 9, 8


def text(content: bytes) -> bytes:
    return struct.pack("<Q", len(content)) + content


def entry(key: str, value: bytes | int | float) -> bytes:
    if isinstance(value, bytes):
        return text(key.encode()) + struct.pack("<I", STRING) + text(value)
    kind, code = (F32, "f") if isinstance(value, float) else (U32, "I")
    return text(key.encode()) + struct.pack(f"<I{code}", kind, value)


def tensor(name: str, *shape: int, kind: int = 0, dimensions: int | None = None) -> bytes:
    count = len(shape) if dimensions is None else dimensions
    return text(name.encode()) + struct.pack(f"<I{len(shape)}QIQ", count, *shape, kind, 0)


def written(path: Path, pairs: list[bytes], lines: list[bytes], **counts: int) -> str:
    head = b"GGUF" + struct.pack("<IQQ", 3, counts.get("tensors", len(lines)), counts.get("entries", len(pairs)))
    head += b"".join([*pairs, *lines])
    path.write_bytes(head + bytes(-len(head) % 32) + bytes(ROW * ROWS * 4))
    if "size" in counts:
        os.truncate(path, counts["size"])
    return str(path)


LIST = text(b"a") + struct.pack("<I", ARRAY)


@pytest.mark.parametrize(
    ("entries", "counts", "says"),
    [
        ([], {"entries": 1 << 60}, "ends within its header"),
        ([], {"entries": 1 << 33}, r"tells of 8589934592 metadata entries, more than any model has"),
        ([], {"tensors": 1 << 33}, r"tells of 8589934592 tensors"),
        ([struct.pack("<Q", 19 << 30)], {}, "its header is larger than 128 MiB"),
        ([text(b"a") + struct.pack("<IQ", STRING, 19 << 30)], {}, "its header is larger than 128 MiB"),
        ([LIST + struct.pack("<IQ", U32, 4 << 30)], {}, r"tells of 4294967296 entries in one list"),
        ([LIST + struct.pack("<IQ", U32, 200 << 20)], {}, "its header is larger than 128 MiB"),
        ([LIST + struct.pack("<IQ", U32, 1 << 62)], {}, "ends within its header"),
        ([LIST + struct.pack("<IQ", STRING, 2 << 30)], {}, r"tells of 2147483648 entries in one list"),
    ],
)
def test_no_count_is_believed(tmp_path: Path, entries: list[bytes], counts: dict[str, int], says: str) -> None:
    path = written(tmp_path / "m.gguf", entries, [], size=SPARSE, **counts)
    with pytest.raises(gguf.NotGguf, match=says):
        gguf.read(path)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (tensor("t", ROW, 0), "tensor t has no elements"),
        (tensor("t"), "tensor t has 0 dimensions"),
        (tensor("t", dimensions=1 << 31), "tensor t has 2147483648 dimensions"),
    ],
)
def test_shapes_that_are_none(tmp_path: Path, line: bytes, says: str) -> None:
    with pytest.raises(gguf.NotGguf, match=says):
        gguf.read(written(tmp_path / "m.gguf", [], [line]))


def test_a_shape_that_does_not_fit_its_type(tmp_path: Path) -> None:
    path = written(tmp_path / "m.gguf", [], [tensor("t", ROW - 1, ROWS, kind=2)])
    with pytest.raises(Refused, match="tensor t: rows of 63 elements do not fit Q4_0"):
        like(path)


@pytest.mark.parametrize(
    "odd",
    [
        {"x.expert_count": b"x", "x.expert_used_count": 2},
        {"x.expert_count": float("nan"), "x.expert_used_count": 2},
        {"x.expert_count": 2, "x.expert_used_count": float("inf")},
        {"x.expert_count": 2, "x.expert_used_count": 200},
        {"x.attention.head_count": b"x", "x.block_count": 2},
        {"x.attention.head_count": 4, "x.block_count": 2, "x.embedding_length": b"x"},
        {"x.attention.head_count": 4, "x.block_count": 2, "x.attention.key_length": b"x"},
        {"x.attention.head_count": 4, "x.block_count": 2, "x.attention.head_count_kv": b"x"},
        {"x.attention.head_count": float("nan"), "x.block_count": 2},
        {"split.count": b"x"},
        {"general.architecture": 5},
    ],
)
def test_metadata_of_another_type_is_none(tmp_path: Path, odd: dict[str, bytes | int | float]) -> None:
    entries = [entry(key, value) for key, value in {"general.architecture": b"x", **odd}.items()]
    header = gguf.read(written(tmp_path / "m.gguf", entries, [tensor("blk.0.up_exps.weight", ROW, ROWS)]))
    assert gguf.read_for_one_token(header) == ROW * ROWS * 4
    assert gguf.kv_bytes_per_position(header) is None


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "m.gguf")
    with pytest.raises(gguf.NotGguf, match="no file but a pipe or a device"):
        gguf.read(str(tmp_path / "m.gguf"))


def test_a_name_without_end_is_cut(tmp_path: Path) -> None:
    path = written(tmp_path / "m.gguf", [entry("general.name", b"x" * 10_000)], [tensor("t", ROW, ROWS)])
    assert like(path)["name"] == "x" * 500

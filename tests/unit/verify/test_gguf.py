import struct
from pathlib import Path
from typing import Any

import pytest

from rigprov.verify.host.gguf import NotGguf, bytes_per_token


def string(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


def value(item: Any) -> bytes:
    if isinstance(item, str):
        return struct.pack("<I", 8) + string(item)
    if isinstance(item, list):  # of strings, as tokenizers are
        return struct.pack("<IIQ", 9, 8, len(item)) + b"".join(string(text) for text in item)
    return struct.pack("<II", 4, item)


def model(path: Path, metadata: dict[str, Any], tensors: dict[str, int], *, cut: int = 0) -> str:
    """A GGUF file whose tensors hold so many bytes (multiples of 32), as F32."""
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata))
    head += b"".join(string(key) + value(item) for key, item in metadata.items())
    offset = 0
    for name, size in tensors.items():
        head += string(name) + struct.pack("<IQIQ", 1, size // 4, 0, offset)
        offset += size
    content = head + bytes(-len(head) % 32) + bytes(offset)
    path.write_bytes(content[: len(content) - cut])
    return str(path)


@pytest.mark.parametrize(
    ("metadata", "tensors", "expected"),
    [
        # The output matrix is another tensor: of the embedding table one row is read, which is nothing.
        ({}, {"token_embd.weight": 3200, "blk.0.attn_q.weight": 640, "output.weight": 320}, 960),
        # Tied: the embedding table is the output matrix.
        ({"tokenizer.ggml.tokens": ["a", "bc"]}, {"token_embd.weight": 3200, "blk.0.attn_q.weight": 640}, 3840),
        # 2 of 8 experts.
        (
            {"general.architecture": "moe", "moe.expert_count": 8, "moe.expert_used_count": 2},
            {"token_embd.weight": 320, "blk.0.ffn_up_exps.weight": 6400, "blk.0.attn_q.weight": 640, "output.weight": 320},
            2560,
        ),
    ],
)
def test_bytes_per_token(tmp_path: Path, metadata: dict[str, Any], tensors: dict[str, int], expected: int) -> None:
    assert bytes_per_token(model(tmp_path / "m.gguf", metadata, tensors)) == expected


def test_order_in_the_header_is_not_the_order_of_the_data(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    head = b"GGUF" + struct.pack("<IQQ", 3, 3, 0)
    for name, offset in (("output.weight", 320), ("token_embd.weight", 0), ("blk.0.attn_q.weight", 640)):
        head += string(name) + struct.pack("<IQIQ", 1, 1, 0, offset)
    path.write_bytes(head + bytes(-len(head) % 32) + bytes(320 + 320 + 96))
    assert bytes_per_token(str(path)) == 320 + 96


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04", "does not start with GGUF"),
        (b"", "ends within its header"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1, 0), "ends within its header"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + string("k") + struct.pack("<I", 77), "unknown metadata type 77"),
    ],
)
def test_not_a_model(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(content)
    with pytest.raises(NotGguf, match=words):
        bytes_per_token(str(path))


def test_cut_off(tmp_path: Path) -> None:
    path = model(tmp_path / "m.gguf", {}, {"a": 3200, "b": 3200}, cut=4000)
    with pytest.raises(NotGguf, match="shorter than its header says"):
        bytes_per_token(path)


def test_split(tmp_path: Path) -> None:
    with pytest.raises(NotGguf, match="split over several files"):
        bytes_per_token(model(tmp_path / "m.gguf", {"split.count": 3}, {"a": 32}))

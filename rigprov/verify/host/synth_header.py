"""The header of a synthetic file: metadata, tokenizer, list of tensors, and padding up to the size of the real one's."""

from __future__ import annotations

import base64
import struct
from collections.abc import Sequence
from typing import Any

from rigprov.verify.host import blocks, gguf

ALIGNMENT = 32
_VERSION = 3
_U32, _I32, _F32, _BOOL = 4, 5, 6, 7
_KINDS = {"u32": _U32, "i32": _I32, "f32": _F32, "bool": _BOOL, "str": gguf.STRING}
_PADDING = "rigprov.padding"
_SPECIAL, _BYTES = 3, 256


class Refused(ValueError):  # noqa: N818
    """The file cannot be written as asked; the message is one sentence."""


def _string(text: str) -> bytes:
    raw = text.encode()
    return struct.pack("<Q", len(raw)) + raw


def pair(key: str, kind: str, value: Any) -> bytes:
    """One metadata entry. `kind`: u32, i32, f32, bool or str."""
    number = _KINDS[kind]
    head = _string(key) + struct.pack("<I", number)
    return head + (_string(value) if kind == "str" else struct.pack("<" + gguf.SCALARS[number], value))


def _array(key: str, kind: int, body: bytes, count: int) -> bytes:
    return _string(key) + struct.pack("<IIQ", gguf.ARRAY, kind, count) + body


def tokenizer(vocabulary: int) -> list[bytes]:
    """Metadata of a SentencePiece-like vocabulary: three special tokens, all bytes, then made-up words.

    Any text has tokens (what is no word falls back to bytes), and the words are printable.

    Raises:
        Refused: smaller than special tokens and bytes together.
    """
    words = vocabulary - _SPECIAL - _BYTES
    if words < 0:
        raise Refused(f"a vocabulary of {vocabulary} tokens is too small: it needs {_SPECIAL + _BYTES}")
    names = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(_BYTES)] + [f"\u2581w{n:x}" for n in range(words)]
    kinds = [2, 3, 3] + [6] * _BYTES + [1] * words  # unknown, control, byte, normal
    scores = [0.0] * (_SPECIAL + _BYTES) + [-float(n) for n in range(words)]
    return [
        pair("tokenizer.ggml.model", "str", "llama"),
        pair("tokenizer.ggml.pre", "str", "default"),
        _array("tokenizer.ggml.tokens", gguf.STRING, b"".join(map(_string, names)), vocabulary),
        _array("tokenizer.ggml.scores", _F32, struct.pack(f"<{vocabulary}f", *scores), vocabulary),
        _array("tokenizer.ggml.token_type", _I32, struct.pack(f"<{vocabulary}i", *kinds), vocabulary),
        pair("tokenizer.ggml.bos_token_id", "u32", 1),
        pair("tokenizer.ggml.eos_token_id", "u32", 2),
        pair("tokenizer.ggml.unknown_token_id", "u32", 0),
        pair("tokenizer.ggml.add_bos_token", "bool", value=False),
        pair("tokenizer.ggml.add_eos_token", "bool", value=False),
    ]


def block_of(name: str, shape: Sequence[int], kind: str) -> tuple[blocks.Block, int]:
    """Type and bytes of a tensor in a recipe.

    Raises:
        Refused: a type that is not known, or a shape that does not fit it.
    """
    if kind not in blocks.BY_NAME:
        raise Refused(f"tensor {name} has the type {kind}, for which there is no generator")
    try:
        return blocks.BY_NAME[kind], blocks.size(blocks.BY_NAME[kind], shape)
    except ValueError as error:
        raise Refused(f"tensor {name}: {error}") from error


def padded(size: int, alignment: int = ALIGNMENT) -> int:
    """The next multiple of the alignment."""
    return -(-size // alignment) * alignment


def _infos(tensors: Sequence[tuple[str, Sequence[int], str]]) -> tuple[bytes, int]:
    """The list of tensors, and how long their data is."""
    parts, offset = [], 0
    for name, shape, kind in tensors:
        block, size = block_of(name, shape, kind)
        parts.append(_string(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, block.kind, offset))
        offset += padded(size)
    return b"".join(parts), offset


def _pairs(recipe: dict[str, Any]) -> list[bytes]:
    entries = [pair(gguf.SYNTHETIC, "bool", value=True), *(pair(*entry) for entry in recipe["metadata"])]
    entries += [base64.b64decode(raw) for raw in recipe.get("raw_metadata", [])]
    return entries + (tokenizer(recipe["vocabulary"]) if "vocabulary" in recipe else [])


def header(recipe: dict[str, Any]) -> bytes:
    """Everything before the data, so long that the file gets the recipe's size.

    Raises:
        Refused: header and data are larger than that.
    """
    pairs, (infos, data) = _pairs(recipe), _infos(recipe["tensors"])
    head = b"GGUF" + struct.pack("<IQQ", _VERSION, len(recipe["tensors"]), len(pairs) + 1) + b"".join(pairs)
    bare = len(head) + len(pair(_PADDING, "str", "")) + len(infos)
    size = recipe.get("size") or padded(bare) + data
    spare = size - data - bare
    if spare < 0 or size % ALIGNMENT:
        raise Refused(f"{recipe['name']}: {size} bytes cannot be reached, header and weights take {padded(bare) + data}")
    whole = head + pair(_PADDING, "str", " " * spare) + infos
    return whole + bytes(padded(len(whole)) - len(whole))

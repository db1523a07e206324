"""Faults planted into a copy of a synthetic file, or into the engine's parameters: which of them does the check find?"""

import mmap
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rigprov.verify.host import gguf

PAGE = 4096


@dataclass
class Image:
    """A model file in memory, writable."""

    data: mmap.mmap
    header: gguf.Header
    sizes: Mapping[str, int]

    def place(self, name: str) -> tuple[int, int]:
        """First byte and length of a tensor."""
        offset = next(tensor.offset for tensor in self.header.tensors if tensor.name == name)
        return self.header.data_start + offset, self.sizes[name]

    def swap(self, first: str, second: str) -> None:
        """Exchanges two tensors of the same shape and type."""
        (a, size), (b, other) = self.place(first), self.place(second)
        assert size == other
        self.data[a : a + size], self.data[b : b + size] = self.data[b : b + size], self.data[a : a + size]

    def zero(self, name: str, count: int) -> None:
        """Zeroes bytes from a page's beginning on, in the middle of a tensor."""
        start, size = self.place(name)
        at = (start + max(0, size - count) // 2) // PAGE * PAGE
        self.data[at : at + count] = bytes(count)


@dataclass(frozen=True)
class Case:
    """One variation: of the file, of the engine, or both. `sound`: it is none that the check may complain about."""

    name: str
    change: Callable[[Image], None] = field(default=lambda _: None)
    engine: Mapping[str, object] = field(default_factory=dict)
    sound: bool = False


def stuck(image: Image, every: int) -> None:
    """One bit reads as 1 in each so-many bytes, always at the same place (a faulty line)."""
    for at in range(image.header.data_start + 677, len(image.data), every):
        image.data[at] |= 0x40


def flips(image: Image, count: int) -> None:
    """Single bits, anywhere in the weights."""
    draw = random.Random(count)  # noqa: S311 (a fixed choice)
    for _ in range(count):
        image.data[draw.randrange(image.header.data_start, len(image.data))] ^= 1 << draw.randrange(8)


def shift_rows(image: Image, name: str) -> None:
    """Every row of a table stands where the next one belongs (an index that is one off)."""
    start, size = image.place(name)
    rows = next(tensor.shape[1] for tensor in image.header.tensors if tensor.name == name)
    row = size // rows
    content = image.data[start : start + size]
    image.data[start : start + size] = content[row:] + content[:row]


def cases(header: gguf.Header) -> list[Case]:
    """What is tried on a model."""
    base, middle = header.arch("rope.freq_base"), header.arch("block_count") // 2
    down = f"blk.{middle}.ffn_down.weight"
    up, next_up = f"blk.{middle}.ffn_up.weight", f"blk.{middle + 1}.ffn_up.weight"
    key, next_key = f"blk.{middle}.attn_k.weight", f"blk.{middle + 1}.attn_k.weight"
    norm, next_norm = f"blk.{middle}.ffn_norm.weight", f"blk.{middle + 1}.ffn_norm.weight"
    eight_bit = {"cache_type_k": "ggml_type.GGML_TYPE_Q8_0", "cache_type_v": "ggml_type.GGML_TYPE_Q8_0"}
    plain = {"flash_attn_type": "llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED"}
    return [
        Case("started again", engine={"threads": 1}, sound=True),
        Case("two threads instead of one", engine={"threads": 2}, sound=True),
        Case("weights not repacked for the processor", engine={"no_extra_bufts": True}, sound=True),
        Case("attention without the fused kernel", engine=plain, sound=True),
        Case("key/value cache in 8 bits", engine=eight_bit, sound=True),
        Case("a bit stuck at 1 in each 4 KiB page", lambda image: stuck(image, PAGE)),
        Case("a bit stuck at 1 in each 64 KiB", lambda image: stuck(image, 16 * PAGE)),
        Case("10 flipped bits", lambda image: flips(image, 10)),
        Case("1000 flipped bits", lambda image: flips(image, 1000)),
        Case("a zeroed page of 4 KiB", lambda image: image.zero(down, PAGE)),
        Case("64 KiB of zeros", lambda image: image.zero(down, 16 * PAGE)),
        Case("256 KiB of zeros", lambda image: image.zero(down, 64 * PAGE)),
        Case("1 MiB of zeros", lambda image: image.zero(down, min(256 * PAGE, image.sizes[down]))),
        Case("a zeroed down projection", lambda image: image.zero(down, image.sizes[down])),
        Case("key projections of two layers swapped", lambda image: image.swap(key, next_key)),
        Case("up projections of two layers swapped", lambda image: image.swap(up, next_up)),
        Case("norms of two layers swapped", lambda image: image.swap(norm, next_norm)),
        Case("embedding one row off", lambda image: shift_rows(image, "token_embd.weight")),
        Case("rope base 10 % low", engine={"rope_freq_base": base * 0.9}),
        Case("rope base of another model (10000)", engine={"rope_freq_base": 10_000.0}),
    ]


def plant(case: Case, path: Path) -> None:
    """Changes the file in place."""
    header = gguf.read(str(path))
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as data:
        case.change(Image(data, header, gguf.sizes(header)))

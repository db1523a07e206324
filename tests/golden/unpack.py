"""A synthetic file of Q4_1 and Q8_0 tensors, unpacked to half precision.

The engine rounds activations to 8 bits before it multiplies them with packed weights, and does not for half precision. So the
two differ about as much as two sound back ends can that round in different ways.
"""

import base64
import struct
from collections.abc import Iterator
from pathlib import Path

from rigprov.verify.host import blocks, gguf
from rigprov.verify.host.synth_header import header, padded

_HALVES = struct.Struct("<32e")


def _q4_1(block: bytes) -> bytes:
    scale, least = struct.unpack_from("<2e", block)
    values = [scale * number + least for number in range(16)]
    return _HALVES.pack(*(values[byte & 15] for byte in block[4:]), *(values[byte >> 4] for byte in block[4:]))


def _q8_0(block: bytes) -> bytes:
    scale, *numbers = struct.unpack("<e32b", block)
    return _HALVES.pack(*(scale * number for number in numbers))


_UNPACK = {3: (20, _q4_1), 8: (34, _q8_0)}


def unpack(source: Path, target: Path) -> None:
    """Writes `target`. Takes a minute or two for each hundred MB."""
    found = gguf.read(str(source))
    sizes = gguf.sizes(found)
    kinds = {tensor.name: "F32" if tensor.kind == 0 else "F16" for tensor in found.tensors}
    recipe = {
        "name": source.name,
        "metadata": [],
        "raw_metadata": [base64.b64encode(raw).decode() for key, raw in found.pairs if key not in _LEFT_OUT],
        "tensors": [[tensor.name, list(tensor.shape), kinds[tensor.name]] for tensor in found.tensors],
    }
    with source.open("rb") as packed, target.open("wb") as out:
        out.write(header(recipe))
        for tensor in found.tensors:
            packed.seek(found.data_start + tensor.offset)
            for piece in _pieces(packed.read(sizes[tensor.name]), tensor.kind):
                out.write(piece)
            size = blocks.size(blocks.BY_NAME[kinds[tensor.name]], tensor.shape)
            out.write(bytes(padded(size) - size))


_LEFT_OUT = (gguf.SYNTHETIC, "rigprov.padding", "general.file_type")


def _pieces(data: bytes, kind: int) -> Iterator[bytes]:
    if kind not in _UNPACK:
        yield data
        return
    size, convert = _UNPACK[kind]
    for at in range(0, len(data), size):
        yield convert(data[at : at + size])

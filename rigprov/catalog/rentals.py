"""Machines that clouds rent out, the cheapest of a cloud first; each row has the source of its figures."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CLOUDS = ("aws", "gcp", "azure", "runpod", "vast")
CONTAINERS = ("runpod", "vast")  # a container on somebody's machine: no cloud-init, and as much RAM as there is


@dataclass(frozen=True)
class Rental:
    """One kind of machine.

    Args:
        cloud: one of CLOUDS.
        instance: its name there; "": the cloud has no names.
        accelerator: what SkyPilot calls its GPU; "": it has none.
        gpu: name in the table of GPUs; "": none.
        count: of GPUs.
        ram_gib: None: it differs from offer to offer.
        source: where this is from, with the year.
    """

    cloud: str
    instance: str
    accelerator: str
    gpu: str
    count: int
    ram_gib: float | None
    source: str


@cache
def rentals() -> tuple[Rental, ...]:
    """The whole table."""
    with Path(__file__).with_name("rentals.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Rental(
                cloud=row["cloud"],
                instance=row["instance"],
                accelerator=row["accelerator"],
                gpu=row["gpu"],
                count=int(row["count"]),
                ram_gib=float(row["ram_gib"]) if row["ram_gib"] else None,
                source=row["source"],
            )
            for row in csv.DictReader(file)
        )

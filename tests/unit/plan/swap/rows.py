"""Hosts of the decision table (`tests/tables/swap.csv`): a row's words become facts.

ram: GiB, with what is available after a slash ("16/1"). gpus: GiB of VRAM of each. tier: S, I, A.
place: metal, vm, docker, "docker admin" (with CAP_SYS_ADMIN), nspawn, wsl2. swapon: yes, no; "" was not asked.
disk: FILESYSTEM FREE, in GiB, of the root file system; "ro" and, for btrfs, "devices=2", "RAID1", "snapshot" may follow; "hub"
where the model comes from there and takes room; "?" could not be read.
on: active areas, PATH:KIND:MIB, where wanted :USED and :PRIORITY. fstab: sources of its swap lines.
files: what lies where, PATH:MIB, with :rigprov where it carries our label, or PATH:other; "?" was not asked.
by: who sets swap up. resume: where hibernation resumes from, "+offset" for a swap file. sysctl: FILE=VALUE.
set: the user's values.
"""

import csv
from dataclasses import replace
from pathlib import Path

from rigprov.model.host import BlockDevice, HostFacts, Memory, Missing, Mount, SwapArea, Virtualisation
from rigprov.model.swap import Btrfs, Resume, SwapFile, Swappiness, Swapping
from rigprov.tiers import ADVANCED, INTERMEDIATE, STARTER
from tests.unit.plan.hosts import GIB, REACHABLE, driver, rig

TABLE = Path(__file__).parents[3] / "tables" / "swap.csv"
TIERS = {"S": STARTER, "I": INTERMEDIATE, "A": ADVANCED, "": STARTER}
PLACES = {
    "metal": Virtualisation(None, None, False, "systemd", True, None, True),
    "vm": Virtualisation(None, "kvm", False, "systemd", True, None, True),
    "docker": Virtualisation("docker", None, False, "sh", False, None, False),
    "docker admin": Virtualisation("docker", None, False, "sh", False, None, True),
    "nspawn": Virtualisation("systemd-nspawn", None, False, "systemd", True, None, True),
    "wsl2": Virtualisation(None, "microsoft", True, "systemd", True, None, True),
}
EXPECTED = ("size", "file", "method", "swappiness", "reason", "warning", "blocker", "skip")
NO_HUB = REACHABLE | {"hub": False}  # so that no model takes room unless a row says so


def rows() -> list[dict[str, str]]:
    """All rows, by column."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [{key: (value or "").strip() for key, value in row.items()} for row in csv.DictReader(file)]


def flags(row: dict[str, str]) -> dict[str, object]:
    """The user's values."""
    found = dict(word.split("=", 1) for word in row["set"].split())
    return {name: int(value) if value.isdigit() else value for name, value in found.items()}


def facts(row: dict[str, str]) -> HostFacts:
    """The host of a row."""
    total, _, available = row["ram"].partition("/")
    vram = [int(float(word) * 1024) for word in row["gpus"].split()]
    found: HostFacts = rig(
        memory=Memory(int(float(total) * 1024), int(float(available or total) * 1024)),
        virtualisation=PLACES[row["place"]],
        mounts=_mounts(row["disk"]),
        nvidia=driver(*vram) if vram else None,
        swaps=Missing("no /proc") if row["on"] == "?" else tuple(_area(word) for word in row["on"].split()),
        fstab_swaps=tuple(row["fstab"].split()),
        disks=tuple(_volume(word) for word in row["on"].split() if word.startswith("/dev/dm-")),
        reachable=REACHABLE if "hub" in row["disk"] else NO_HUB,
    )
    return replace(found, swapping=_swapping(row))


def _mounts(text: str) -> tuple[Mount, ...] | Missing:
    if text == "?":
        return Missing("not permitted")
    kind, free, *more = text.split()
    return (Mount("/", "/dev/x", kind, ("ro",) if "ro" in more else ("rw",), 1000 * GIB, int(float(free) * GIB)),)


def _area(word: str) -> SwapArea:
    path, kind, size, *more = word.split(":")
    return SwapArea(path, kind, int(size), int(more[0] or 0) if more else 0, int(more[1]) if len(more) > 1 else None)


def _volume(word: str) -> BlockDevice:
    name = word.split(":", maxsplit=1)[0].removeprefix("/dev/")
    nothing: tuple[str, ...] = ()
    return BlockDevice(name, "lvm", GIB, None, None, None, False, False, False, "swap", *(nothing,) * 6)


def _swapping(row: dict[str, str]) -> Swapping:
    where, _, offset = row["resume"].partition("+")
    settings = [word.split("=") for word in row["sysctl"].split()]
    words = row["disk"].split()
    devices = next((int(word.partition("=")[2]) for word in words if word.startswith("devices=")), 1)
    disk = Btrfs("/", devices, ("RAID1",) if "RAID1" in words else ("single",), ("snap/1",) if "snapshot" in words else ())
    return Swapping(
        allowed={"yes": True, "no": False}.get(row["swapon"], Missing("not asked")),
        files=Missing("not asked") if row["files"] == "?" else tuple(_file(word) for word in row["files"].split()),
        managers=tuple(row["by"].split()),
        resume=Resume((where,) if where else (), offset=bool(offset)),
        swappiness=Swappiness(60, tuple((path, int(value)) for path, value in settings)),
        btrfs=(disk,) if words[0] == "btrfs" else (),
    )


def _file(word: str) -> SwapFile:
    path, size, *label = word.split(":")
    if not size.replace(".", "").isdigit():
        return SwapFile(path, size)
    return SwapFile(path, "file", int(float(size) * 2**20), "swap", label[0] if label else "")

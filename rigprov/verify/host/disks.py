"""Which disks a file lies on, through partitions, volumes and RAID, and how they are connected: in the kernel's own words."""

from __future__ import annotations

import contextlib
import glob
import os
import re
from typing import Any

from rigprov.verify.host.machine import text

_PCI = re.compile(r"[0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$")
_LINK = ("current_link_speed", "current_link_width", "max_link_speed", "max_link_width")
_DEEPEST = 8  # layers; more is a circle


class Unseen(Exception):  # noqa: N818
    """The disk cannot be found out; the text is the rest of a sentence that begins with "the file"."""


def under(path: str, sys: str = "/sys") -> dict[str, Any]:
    """`file_system`, `layers` (between), `disks`; `reason` where they cannot be seen.

    `backing`: files of loop devices that the kernel may keep in memory; `hidden`: a loop device whose file is not visible.

    Args:
        path: of a file.
        sys: where the kernel's view of devices is mounted.
    """
    found: dict[str, Any] = {"file_system": "", "layers": [], "disks": [], "backing": [], "hidden": ""}
    try:
        _file(path, found, sys, 0)
    except Unseen as unseen:
        found["reason"] = str(unseen)
    except OSError as error:
        found["reason"] = f"cannot be looked at: {error.strerror or error}"
    return found


def mount_of(path: str) -> tuple[str, str]:
    """Type and source of the file system that holds a file."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        number = text(f"/proc/self/fdinfo/{descriptor}").partition("mnt_id:")[2].split()[:1]
    finally:
        os.close(descriptor)
    for line in text("/proc/self/mountinfo").splitlines():
        fields, _, rest = line.partition(" - ")
        if fields.split()[:1] == number:
            kind, source = rest.split()[:2]
            return kind, source
    return "", ""


def _file(path: str, found: dict[str, Any], sys: str, depth: int) -> None:
    kind, source = mount_of(path)
    found["file_system"] = found["file_system"] or kind
    device = os.stat(path).st_dev  # noqa: PTH116
    if os.major(device):
        names = [_name(device, sys)]
    elif source.startswith("/dev/"):  # btrfs has a number of its own
        names = _beside(_name(os.stat(source).st_rdev, sys), sys)  # noqa: PTH116
    else:
        raise Unseen(f"is on {kind or 'a file system'} ({source or 'of unknown source'}), which shows no disk")
    for name in names:
        _block(name, found, sys, depth)


def _name(device: int, sys: str) -> str:
    """The kernel's name of a block device, from its number."""
    entry = f"{sys}/dev/block/{os.major(device)}:{os.minor(device)}"
    if not os.path.exists(entry):  # noqa: PTH110
        raise Unseen(f"is on block device {os.major(device)}:{os.minor(device)}, which {sys} does not show")
    return os.path.basename(os.path.realpath(entry))  # noqa: PTH119


def _beside(name: str, sys: str) -> list[str]:
    """All devices of the btrfs that one device belongs to."""
    for entry in glob.glob(f"{sys}/fs/btrfs/*/devices/{name}"):  # noqa: PTH207
        return sorted(os.listdir(os.path.dirname(entry)))  # noqa: PTH120, PTH208
    return [name]


def _block(name: str, found: dict[str, Any], sys: str, depth: int) -> None:
    place = os.path.realpath(f"{sys}/class/block/{name}")
    if depth > _DEEPEST:
        raise Unseen("is on devices that lie on each other")
    if os.path.exists(f"{place}/partition"):  # noqa: PTH110
        return _block(os.path.basename(os.path.dirname(place)), found, sys, depth + 1)  # noqa: PTH119, PTH120
    below = _listed(f"{place}/slaves")
    backing = text(f"{place}/loop/backing_file")
    if below or backing or name.startswith(("dm-", "md", "loop")):
        found["layers"].append({"name": name, "kind": _layer(name, place), "members": len(below) or 1})
        if backing:
            past = text(f"{place}/loop/dio") == "1"  # then the image is not kept in memory
            if not os.path.exists(backing):  # noqa: PTH110 (seen from a container)
                found["hidden"] = "" if past else name
                raise Unseen(f"is on disk image {name}, whose own file is not visible here")
            found["backing"] += [] if past else [backing]
            return _file(backing, found, sys, depth + 1)
        if not below:
            raise Unseen(f"is on {name}, which shows no disk below it")
        for one in below:
            _block(one, found, sys, depth + 1)
        return None
    if all(disk["name"] != name for disk in found["disks"]):
        found["disks"].append(_disk(name, place, sys))
    return None


def _layer(name: str, place: str) -> str:
    """In the kernel's words: "raid0", "LVM", "CRYPT", "mpath", "loop"."""
    if name.startswith("md"):
        return text(f"{place}/md/level") or "md"
    return text(f"{place}/dm/uuid").partition("-")[0] or ("loop" if name.startswith("loop") else "dm")


def _disk(name: str, place: str, sys: str) -> dict[str, Any]:
    device = os.path.realpath(_controller(f"{place}/device"))
    return {
        "name": name,
        "path": place,
        "model": " ".join(f"{text(f'{place}/device/vendor') if name.startswith('sd') else ''} {_model(place)}".split()),
        "rotational": text(f"{place}/queue/rotational"),
        "rpm": _rpm(f"{place}/device/vpd_pgb1"),
        "transport": text(f"{device}/transport"),
        "pci": [_link(port) for port in _pci(device if name.startswith("nvme") else place)],
        "sata": _sata(place, sys),
        "usb_mbit": _usb(place),
    }


def _model(place: str) -> str:
    return text(f"{place}/device/model") or text(f"{place}/device/name")  # an SD card has a name


def _controller(device: str) -> str:
    """An NVMe controller; where the kernel puts a subsystem between, the first one of it."""
    if os.path.exists(f"{device}/transport"):  # noqa: PTH110
        return device
    return next(iter(sorted(glob.glob(f"{device}/nvme[0-9]*"))), device)  # noqa: PTH207


def _rpm(page: str) -> int | None:
    """The disk's own word (SCSI page B1): 1 does not turn, 0 does not say; None: no such page."""
    with contextlib.suppress(OSError), open(page, "rb") as file:  # noqa: PTH123
        content = file.read(6)
        return int.from_bytes(content[4:6], "big") if len(content) == 6 else None  # noqa: PLR2004
    return None


def _pci(place: str) -> list[str]:
    """The PCI device and all bridges above it, nearest first."""
    found = []
    while place.count("/") > 1:
        if _PCI.match(os.path.basename(place)):  # noqa: PTH119
            found.append(place)
        place = os.path.dirname(place)  # noqa: PTH120
    return found


def _link(port: str) -> dict[str, str]:
    return {"address": os.path.basename(port), **{name: text(f"{port}/{name}") for name in _LINK}}  # noqa: PTH119


def _sata(place: str, sys: str) -> dict[str, str]:
    """The port's link. Behind a port multiplier, of its first link."""
    port = re.search(r"/ata(\d+)/", place)
    names = ("sata_spd", "sata_spd_limit", "hw_sata_spd_limit")
    return {name: text(f"{sys}/class/ata_link/link{port.group(1)}/{name}") for name in names} if port else {}


def _usb(place: str) -> str:
    """Speed of the USB device that the disk is or hangs on, in Mbit/s; "" where there is none."""
    while "/usb" in place:
        if os.path.exists(f"{place}/speed") and os.path.exists(f"{place}/bNumInterfaces"):  # noqa: PTH110
            return text(f"{place}/speed")
        place = os.path.dirname(place)  # noqa: PTH120
    return ""


def _listed(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208
    except OSError:
        return []

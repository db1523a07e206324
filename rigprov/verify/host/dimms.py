"""Memory modules, from the firmware's own table (SMBIOS, DMTF DSP0134). Needs root and no tool."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

_TABLE = "/sys/firmware/dmi/tables/DMI"
_MEMORY_DEVICE, _END = 17, 127
_SOCKETS = (0x09, 0x0D)  # form factors that are plugged in: DIMM, SODIMM
_SIZE, _FORM, _SPEED, _EXTENDED, _CONFIGURED = 0x0C, 0x0E, 0x15, 0x1C, 0x20
_UNKNOWN, _SEE_EXTENDED, _IN_KIB = 0xFFFF, 0x7FFF, 0x8000


def read(path: str = _TABLE) -> dict[str, Any]:
    """`slots`, `fitted` (counts), `mib` and `mt_s` of each module; `reason` where the table cannot be read."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return modules(file.read())
    except OSError as error:
        return {"reason": f"the firmware's table of memory modules cannot be read: {error.strerror or error}"}


def modules(table: bytes) -> dict[str, Any]:
    """The same, of the table's bytes."""
    found = [part for kind, part in _structures(table) if kind == _MEMORY_DEVICE and len(part) > _SPEED + 1]
    sockets = [part for part in found if part[_FORM] in _SOCKETS]
    if not sockets:
        return {"reason": "the firmware names no sockets for memory modules"}
    fitted = [part for part in sockets if _mib(part)]
    return {
        "slots": len(sockets),
        "fitted": len(fitted),
        "mib": [_mib(part) for part in fitted],
        "mt_s": [_speed(part) for part in fitted],
    }


def _structures(table: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and formatted part of each structure; a damaged rest is left out."""
    at = 0
    while at + 4 <= len(table):
        kind, length = table[at], table[at + 1]
        if length < 4 or kind == _END:  # noqa: PLR2004
            return
        yield kind, table[at : at + length]
        end = table.find(b"\0\0", at + length)
        if end < 0:
            return
        at = end + 2


def _word(part: bytes, offset: int) -> int:
    return int(struct.unpack_from("<H", part, offset)[0]) if len(part) >= offset + 2 else 0


def _mib(part: bytes) -> int:
    size = _word(part, _SIZE)
    if size == _SEE_EXTENDED and len(part) >= _EXTENDED + 4:
        return int(struct.unpack_from("<I", part, _EXTENDED)[0]) & 0x7FFFFFFF
    if size in (0, _UNKNOWN):
        return 0
    return (size & ~_IN_KIB) // 1024 if size & _IN_KIB else size


def _speed(part: bytes) -> int | None:
    """As it is set, else as it could be; None: not told."""
    return _word(part, _CONFIGURED) or _word(part, _SPEED) or None

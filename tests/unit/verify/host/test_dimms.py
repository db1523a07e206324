import struct

import pytest

from rigprov.verify.host.dimms import modules, read

DIMM, SODIMM, SOLDERED = 0x09, 0x0D, 0x0B


def structure(kind: int, body: bytes, strings: bytes = b"") -> bytes:
    return bytes([kind, 4 + len(body), 0, 0]) + body + (strings + b"\0" if strings else b"\0\0")


def module(size: int, form: int = DIMM, *, extended: int = 0, speed: int = 3200) -> bytes:
    body = bytearray(0x24)
    struct.pack_into("<H", body, 0x0C - 4, size)
    body[0x0E - 4] = form
    struct.pack_into("<H", body, 0x15 - 4, speed)
    struct.pack_into("<I", body, 0x1C - 4, extended)
    struct.pack_into("<H", body, 0x20 - 4, speed - 400 if speed else 0)
    return structure(17, bytes(body), b"A1\0BANK 0\0")


END = structure(127, b"")


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (module(16384) + module(0) + END, {"slots": 2, "fitted": 1, "mib": [16384], "mt_s": [2800]}),
        (module(8192, SODIMM) * 2 + END, {"slots": 2, "fitted": 2, "mib": [8192, 8192], "mt_s": [2800, 2800]}),
        (module(0x7FFF, extended=65536) + END, {"slots": 1, "fitted": 1, "mib": [65536], "mt_s": [2800]}),
        (module(0xFFFF, speed=0) + module(512 | 0x8000) + END, {"slots": 2, "fitted": 0, "mib": [], "mt_s": []}),
        (
            structure(1, bytes(20), b"Board\0") + module(16384, speed=0) + END,
            {"slots": 1, "fitted": 1, "mib": [16384], "mt_s": [None]},
        ),
        (module(16384, SOLDERED) * 4 + END, {"reason": "the firmware names no sockets for memory modules"}),
        (b"", {"reason": "the firmware names no sockets for memory modules"}),
        (module(16384) + module(16384)[:9], {"slots": 1, "fitted": 1, "mib": [16384], "mt_s": [2800]}),  # cut off
        (b"\x11\x00\x00\x00" * 50, {"reason": "the firmware names no sockets for memory modules"}),
    ],
)
def test_modules(table: bytes, expected: dict[str, object]) -> None:
    assert modules(table) == expected


def test_no_table(tmp_path) -> None:
    assert read(str(tmp_path / "DMI")) == {
        "reason": "the firmware's table of memory modules cannot be read: No such file or directory"
    }

"""A kernel module that holds nothing but its `.modinfo`, so that the real modinfo, depmod and dkms can work with it.

`modinfo -F version FILE` prints the version; with a signer, `modinfo -F signer FILE` names it, as for Canonical's prebuilt
modules. No kernel would load it: it has no code.
"""

import struct

from tests.targets.archive.deb import STAND_IN

_MAGIC = b"~Module signature appended~\n"


def module(name: str, version: str, kernel: str, licence: str, signer: str = "") -> bytes:
    """An ELF object for x86-64 with three sections: none, `.modinfo`, the section names."""
    facts = {
        "description": f"{STAND_IN} for {name}, empty",
        "version": version,
        "license": licence,
        "name": name,
        "vermagic": f"{kernel} SMP mod_unload modversions ",
    }
    modinfo = b"".join(f"{key}={value}\0".encode() for key, value in facts.items())
    names = b"\0.modinfo\0.shstrtab\0"
    body_at, names_at = 64, 64 + len(modinfo)
    table_at = (names_at + len(names) + 7) & ~7
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    header = ident + struct.pack("<HHIQQQIHHHHHH", 1, 62, 1, 0, 0, table_at, 0, 64, 0, 0, 64, 3, 2)
    sections = bytes(64) + _section(1, 1, body_at, len(modinfo)) + _section(10, 3, names_at, len(names))
    padding = bytes(table_at - names_at - len(names))
    return header + modinfo + names + padding + sections + _signature(signer)


def _section(name: int, kind: int, offset: int, size: int) -> bytes:
    return struct.pack("<IIQQQQIIQQ", name, kind, 2 if kind == 1 else 0, 0, offset, size, 0, 0, 1, 0)


def _signature(signer: str) -> bytes:
    """The kernel's first form of an appended signature (include/linux/module_signature.h), with nothing signed in it."""
    if not signer:
        return b""
    name, key, signed = signer.encode(), bytes(4), bytes(8)
    info = struct.pack(">BBBBBxxxI", 1, 4, 1, len(name), len(key), len(signed))
    return name + key + signed + info + _MAGIC

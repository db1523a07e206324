"""The program that checks and writes the ledger on a host: the modules of this package as one text."""

import base64
import json
import re
import shlex
import zlib
from functools import cache
from importlib.resources import files
from typing import Any

_MODULES = ("paths", "states", "book", "mend", "hold")  # each imports only those before it
_MAIN = """
def main(order):
    if order["do"] == "check":
        return {"lock": holder_of(LOCK), "machine": identity(), "roles": check(FOLDER)}
    held = take(LOCK, order["who"], order.get("watched"))
    if held:
        return held
    if order["do"] == "begin":
        put_back = mend(FOLDER, order["roles"]) if order["put_back"] else []
        forget(FOLDER, order["roles"])
        return {"put_back": put_back}
    if order["do"] == "note":
        return {"refused": note(FOLDER, order["entry"], order["touched"])}
    if order["do"] == "end":
        release(LOCK, order["who"]["token"])
        remove_if_empty(FOLDER)
    return {}


import sys
print(json.dumps(main(json.loads(sys.argv[1]))))
"""
# The order becomes the one argument, as where the program is run as a file.
_LOADER = (
    "import base64, sys, zlib; program, order = (zlib.decompress(base64.b64decode(word)).decode() for word in sys.argv[1:]); "
    "sys.argv[1:] = [order]; exec(program)"
)


@cache
def program() -> str:
    """Python source, for 3.8 and later; takes the order as its one argument and prints JSON."""
    texts = [files("rigprov.facts.ledger").joinpath(f"{name}.py").read_text(encoding="utf-8") for name in _MODULES]
    # What only annotations name is not imported: annotations are not evaluated, and the probe waits for this program.
    left_out = r"^from (?:__future__|rigprov\.\S*|typing|collections\.abc) import .*\n"
    body = re.sub(left_out, "", "\n".join(texts), flags=re.MULTILINE)
    return f"from __future__ import annotations\n{body}{_MAIN}"


def command(**order: Any) -> str:
    """Command line for a host's shell, run there as root: {"do": "begin" | "note" | "end", ...}.

    Packed, and without a quote: on its way it is quoted several times over, and one argument holds 128 KiB at most.
    """
    return shlex.join(["/usr/bin/python3", "-I", "-c", _LOADER, _packed(program()), _packed(json.dumps(order))])


def _packed(text: str) -> str:
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()

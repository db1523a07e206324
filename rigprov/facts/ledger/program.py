"""The program that checks and writes the ledger on a host: the modules of this package as one text."""

import json
import re
import shlex
from functools import cache
from importlib.resources import files
from typing import Any

_MODULES = ("paths", "states", "book", "hold")  # each imports only those before it
_MAIN = """
def main(order):
    if order["do"] == "check":
        return {"lock": holder_of(LOCK), "roles": check(FOLDER)}
    held = take(LOCK, order["who"], order.get("watched"))
    if held:
        return held
    if order["do"] == "begin":
        forget(FOLDER, order["roles"])
    if order["do"] == "note":
        return {"refused": note(FOLDER, order["entry"], order["touched"])}
    if order["do"] == "end":
        release(LOCK, order["who"]["token"])
        remove_if_empty(FOLDER)
    return {}


import sys
print(json.dumps(main(json.loads(sys.argv[1]))))
"""


@cache
def program() -> str:
    """Python source, for 3.8 and later; takes the order as its one argument and prints JSON."""
    texts = [files("rigprov.facts.ledger").joinpath(f"{name}.py").read_text(encoding="utf-8") for name in _MODULES]
    body = re.sub(r"^from (?:__future__|rigprov\.)\S* import .*\n", "", "\n".join(texts), flags=re.MULTILINE)
    return f"from __future__ import annotations\n{body}{_MAIN}"


def command(**order: Any) -> str:
    """Command line for a host's shell, run there as root: {"do": "begin" | "note" | "end", ...}."""
    return shlex.join(["/usr/bin/python3", "-I", "-c", program(), json.dumps(order)])

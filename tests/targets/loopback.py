"""Addresses of virtual machines: one of 127.78.0.0/24 each, whose SSH port QEMU passes on into the machine.

An address of its own makes a virtual machine look like any other host to SSH and Ansible. The port is 22, unless this
controller's own SSH server has that on every address.
"""

import socket
from pathlib import Path

from tests.targets.system import TargetError, home, locked, write

_NET = "127.78.0"
_PORTS = (22, 2222)


def endpoint(name: str) -> tuple[str, int] | None:
    """Address and port of the machine while it has them."""
    for path in sorted(_addresses().glob("[0-9]*")):
        owner, _, port = path.read_text().partition(" ")
        if owner == name:
            return f"{_NET}.{path.name}", int(port)
    return None


def attach(name: str) -> tuple[str, int]:
    """Give the machine an address, or the one it has."""
    with locked("loopback"):
        if found := endpoint(name):
            return found
        taken = {path.name for path in _addresses().glob("[0-9]*")}
        for octet in range(10, 250):
            if str(octet) not in taken and (port := _free_port(f"{_NET}.{octet}")):
                write(_addresses() / str(octet), f"{name} {port}")
                return f"{_NET}.{octet}", port
    raise TargetError(f"all addresses of {_NET}.0/24 are taken; `python -m tests.targets down-all` frees them")


def detach(name: str) -> None:
    """Take the address back."""
    with locked("loopback"):
        if found := endpoint(name):
            (_addresses() / found[0].rpartition(".")[2]).unlink()


def _addresses() -> Path:
    return home() / "vm-addresses"


def _free_port(address: str) -> int:
    for port in _PORTS:
        with socket.socket() as trial:
            try:
                trial.bind((address, port))
            except OSError:
                continue
            return port
    return 0

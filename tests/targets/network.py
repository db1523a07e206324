"""Addresses behind one bridge, masqueraded to the outside; all of it goes when the last machine goes."""

import re
from pathlib import Path

from tests.targets.system import TargetError, home, locked, run

BRIDGE = "rpt0"
TABLE = "rptargets"
_NET = "10.78.0"
_FORWARD = Path("/proc/sys/net/ipv4/ip_forward")


def namespace(name: str) -> str:
    """Name of the machine's network namespace."""
    return f"rpt-{name}"


def _addresses() -> Path:
    return home() / "addresses"


def address(name: str) -> str | None:
    """The machine's IPv4 address while it has one."""
    octet = _octet(name)
    return f"{_NET}.{octet}" if octet else None


def _octet(name: str) -> int | None:
    if not _addresses().is_dir():
        return None
    return next((int(path.name) for path in sorted(_addresses().iterdir()) if path.read_text() == name), None)


def attach(name: str, wish: str = "") -> str:
    """Give the machine a network namespace with an address, and return it; `wish` is taken if it is free.

    The namespace is made here, not by nspawn, so that it outlives a reboot of the machine.
    """
    with locked("network"):
        _addresses().mkdir(parents=True, exist_ok=True)
        _bridge_up()
        octet = _octet(name) or _free(wish)
        (_addresses() / str(octet)).write_text(name)
        space, outside = namespace(name), f"rpt-v{octet}"
        run("ip", "netns", "add", space)
        # one hardware address for an IP address, or the controller would talk to its last owner's for half a minute
        hardware = f"02:72:70:00:00:{octet:02x}"
        run("ip", "link", "add", outside, "type", "veth", "peer", "name", "eth0", "address", hardware, "netns", space)
        run("ip", "link", "set", outside, "master", BRIDGE, "up")
        inside = f"link set lo up\naddr add {_NET}.{octet}/24 dev eth0\nlink set eth0 up\nroute add default via {_NET}.1\n"
        run("ip", "-n", space, "-batch", "-", stdin=inside)
        return f"{_NET}.{octet}"


def _free(wish: str) -> int:
    taken = {int(path.name) for path in _addresses().iterdir()}
    candidates: list[int] = [*([int(wish.rpartition(".")[2])] if wish else []), *range(10, 250)]
    for octet in candidates:
        if octet not in taken:
            return octet
    raise TargetError(f"all addresses of {_NET}.0/24 are taken; `python -m tests.targets down-all` frees them")


def detach(name: str) -> None:
    """Take the machine off the network; with the last one the bridge, the table and the forwarding go as well."""
    with locked("network"):
        octet = _octet(name)
        if octet:
            run("ip", "link", "del", f"rpt-v{octet}", check=False)
        run("ip", "netns", "del", namespace(name), check=False)
        if octet:
            (_addresses() / str(octet)).unlink()
        if _addresses().is_dir() and not any(_addresses().iterdir()):
            _bridge_down()


def switch_link(name: str, state: str) -> None:
    """Set the host's end of the machine's cable `up` or `down`."""
    run("ip", "link", "set", f"rpt-v{_octet(name)}", state)


def _bridge_up() -> None:
    if Path("/sys/class/net", BRIDGE).exists():
        return
    run("ip", "link", "add", BRIDGE, "type", "bridge")
    run("ip", "addr", "add", f"{_NET}.1/24", "dev", BRIDGE)
    run("ip", "link", "set", BRIDGE, "up")
    (home() / "ip_forward.before").write_text(_FORWARD.read_text())
    _FORWARD.write_text("1")
    chain = f'type nat hook postrouting priority srcnat; ip saddr {_NET}.0/24 oifname != "{BRIDGE}" masquerade;'
    run("nft", "-f", "-", stdin=f"table ip {TABLE} {{\n chain post {{ {chain}\n }}\n}}\n")


def _bridge_down() -> None:
    run("nft", "delete", "table", "ip", TABLE, check=False)
    run("ip", "link", "del", BRIDGE, check=False)
    before = home() / "ip_forward.before"
    if before.exists():
        _FORWARD.write_text(before.read_text())
        before.unlink()


def resolv_conf() -> str:
    """Name servers that work from another network namespace: those behind a local stub resolver, when there is one."""
    behind = Path("/run/systemd/resolve/resolv.conf")
    own = Path("/etc/resolv.conf").read_text()
    return behind.read_text() if re.search(r"^nameserver 127\.", own, re.MULTILINE) and behind.exists() else own

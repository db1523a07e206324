"""From the hosts that the user named to targets."""

import difflib
import ipaddress
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rigprov.errors import UsageError
from rigprov.facts.inventory_file import Inventory, load, match
from rigprov.model.target import Target

_NAME = re.compile(r"(?:(?P<user>[^@\s]+)@)?(?P<host>\[[^\]\s]+\]|[^:@\s\[\]]+)(?::(?P<port>[^:\s]+))?")
_PATTERN_CHARACTERS = frozenset("*?:,!&~[]")  # of Ansible's host patterns
_CONNECTIONS = {"ssh": False, "smart": False, "local": True}
_LAST_PORT = 65535
_NOT_READY = "rigprov_not_ready"  # set by the inventories of rented machines: the reason why nothing can be done there now
_NAMED = 5  # in a message


def resolve(names: Sequence[str], inventories: Sequence[str]) -> tuple[Target, ...]:
    """Targets for names, groups and patterns of the inventories, or for `user@host[:port]`, ssh aliases and `localhost`.

    Raises:
        UsageError: nothing named, a name that is unknown, malformed, empty or given twice, or an inventory that cannot be read.
    """
    if not names:
        raise UsageError("no host is named", hint="name a host: `user@address`, an alias of your ssh config, or `localhost`")
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"host `{name}` is named twice", hint="name it once")
    if not inventories:
        found = [_direct(name) for name in names]
    else:
        inventory = load(inventories)
        hosts = dict.fromkeys(host for name in names for host in _ready(name, inventory))  # groups may overlap
        found = [_from_inventory(host, inventory) for host in hosts]
    _refuse_same_machine(found)
    return tuple(found)


def _direct(name: str) -> Target:
    name = name.removeprefix("ssh://").removesuffix("/") if name.startswith("ssh://") else name  # as providers print it
    if name == "localhost":
        return Target(name=name, local=True)
    if _is_ip6(name):
        return Target(name=name, address=name)
    parts = _NAME.fullmatch(name)
    if parts is None or name.startswith("-") or parts["host"].startswith("-") or not name.isprintable():
        raise UsageError(f"`{name}` is not a host", hint="write `host`, `user@host`, `user@host:port` or `user@[IPv6]:port`")
    host = parts["host"]
    if host.startswith("["):
        host = host[1:-1]
        if not _is_ip6(host):
            raise UsageError(f"`{host}` in `{name}` is not an IPv6 address", hint="brackets are for IPv6 addresses only")
    port = _port(parts["port"], name) if parts["port"] is not None else None
    return Target(name=name, address=host, user=parts["user"], port=port)


def _is_ip6(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).version == 6  # noqa: PLR2004  (the protocol's number)
    except ValueError:
        return False


def _port(value: object, where: str) -> int:
    text = str(value)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _LAST_PORT:
        raise UsageError(f"`{text}` in `{where}` is not a port", hint=f"a port is a number from 1 to {_LAST_PORT}")
    return int(text)


def _ready(name: str, inventory: Inventory) -> tuple[str, ...]:
    """The hosts that `name` selects and that can be worked on; the others are told of."""
    found = _select(name, inventory)
    waiting = {host: str(reason) for host in found if (reason := inventory.hosts.get(host, {}).get(_NOT_READY))}
    ready = tuple(host for host in found if host not in waiting)
    if not waiting:
        return ready
    listed = ", ".join(f"`{host}` ({reason})" for host, reason in list(waiting.items())[:_NAMED])
    listed += f" and {len(waiting) - _NAMED} more" if len(waiting) > _NAMED else ""
    if not ready:
        where = ", ".join(f"`{source}`" for source in inventory.sources)
        said = (
            f"`{name}` of {where} is not ready: {waiting[name]}"
            if name in waiting
            else f"`{name}` in {where} holds no machine that is ready: {listed}"
        )
        raise UsageError(said, hint="start one at its provider, or wait until it has started")
    print(f"left out: {listed}", file=sys.stderr, flush=True)
    return ready


def _select(name: str, inventory: Inventory) -> tuple[str, ...]:
    where = ", ".join(f"`{source}`" for source in inventory.sources)
    if name in inventory.hosts:
        return (name,)
    if not inventory.hosts and name != "localhost":
        raise UsageError(
            f"there is no machine in {where}", hint="rent or add one; a provider lists those of the API key's account"
        )
    if name in inventory.groups:
        if inventory.groups[name]:
            return inventory.groups[name]
        raise UsageError(f"group `{name}` in {where} holds no host", hint="add a host to it or name another group")
    if name == "localhost":
        return (name,)
    if _PATTERN_CHARACTERS.intersection(name):
        _refuse_nothing(name)
        if hosts := match(name, inventory.sources):
            return hosts
        raise UsageError(f"pattern `{name}` selects no host of {where}", hint=_nearest(name, inventory))
    raise UsageError(f"there is no host or group `{name}` in {where}", hint=_nearest(name, inventory))


def _refuse_nothing(pattern: str) -> None:
    """Ansible takes a pattern of signs alone for all hosts, as what a script makes of variables that are empty: `,`."""
    parts = [part.strip() for part in re.split("[,:]", pattern)]
    if not any(parts) or any(part and not part.strip("!&~[] ") for part in parts):
        raise UsageError(f"pattern `{pattern}` names no host or group", hint="write `all` where you mean all")


def _nearest(name: str, inventory: Inventory) -> str:
    known = [*inventory.hosts, *(group for group, hosts in inventory.groups.items() if hosts)]
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if near:
        return f"did you mean `{near[0]}`"
    return "it has " + ", ".join(f"`{host}`" for host in list(inventory.hosts)[:5])


def _from_inventory(name: str, inventory: Inventory) -> Target:
    variables = inventory.hosts.get(name, {})
    where = ", ".join(inventory.sources)
    address = _setting(variables, name, "ansible_host", "ansible_ssh_host")
    user = _setting(variables, name, "ansible_user", "ansible_ssh_user")
    port = _setting(variables, name, "ansible_port", "ansible_ssh_port")
    groups = inventory.groups_of(name)
    if _is_local(variables, name, remote=bool(address or port)):
        return Target(name, local=True, groups=groups, variables=variables, where=where, inventories=inventory.sources)
    return Target(
        name=name,
        address=address or name,
        user=user,
        port=_port(port, f"ansible_port of {name}") if port else None,
        groups=groups,
        variables=variables,
        where=where,
        inventories=inventory.sources,
    )


def _setting(variables: Mapping[str, Any], host: str, *keys: str) -> str | None:
    for key in keys:
        if (value := variables.get(key)) in (None, ""):
            continue
        if not isinstance(value, str | int):
            raise UsageError(f"`{key}` of `{host}` must be a word, not {value!r}", hint="write it as plain text")
        if "{{" in str(value):
            raise UsageError(
                f"`{key}` of `{host}` is a template, which cannot be resolved before Ansible runs", hint="write the value itself"
            )
        return str(value)
    return None


def _is_local(variables: Mapping[str, Any], host: str, *, remote: bool) -> bool:
    chosen = _setting(variables, host, "ansible_connection")
    if chosen is None:
        return host == "localhost" and not remote
    kind = chosen.removeprefix("ansible.builtin.")
    if kind not in _CONNECTIONS:
        raise UsageError(f"host `{host}` uses connection `{chosen}`, which rigprov cannot", hint="use `ssh` or `local`")
    return _CONNECTIONS[kind]


def _refuse_same_machine(targets: Sequence[Target]) -> None:
    """Two runs on one machine would wait for each other's package lock, and each would undo the other's values."""
    seen: dict[tuple[object, ...], str] = {}
    for target in targets:
        # The same private address behind two jump hosts is two machines, so the way there counts too.
        way = [
            str(target.variables.get(key)) for key in ("ansible_ssh_common_args", "ansible_ssh_extra_args", "ansible_ssh_args")
        ]
        place = ("local",) if target.local else (target.address, target.port, *way)
        if place in seen:
            raise UsageError(f"`{seen[place]}` and `{target.name}` are the same machine", hint="name it once")
        seen[place] = target.name

"""Host names of an inventory from names that people gave to machines. Pure."""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence

from rigprov.cloud.machine import Machine
from rigprov.cloud.plain import slug

# Ansible's own, and the groups of machines: a host of such a name would be taken for something else.
_RESERVED = {"all", "ungrouped", "localhost", "runpod", "vast"}


def host_names(machines: Sequence[Machine]) -> dict[str, str]:
    """Machine's id -> host name: small letters, digits and `-`, unique.

    It is the machine's own name where one machine only has it; else the id is added, for each of those that share it. So a name
    changes only when another machine of the same name comes or goes. A machine without a name is called by its provider and id.
    """
    names = {machine.id: _own(machine) for machine in machines}
    extended: set[str] = set()
    while True:
        often = Counter(names.values())
        shared = {one for one, name in names.items() if one not in extended and (often[name] > 1 or name in _RESERVED)}
        if not shared:
            return names
        extended |= shared
        names |= {one: longer(names[one], one) for one in shared}


def longer(name: str, identity: str) -> str:
    """The name of a machine with its id, where another machine has the name alone."""
    return f"{name}-{_suffix(identity)}"


def _own(machine: Machine) -> str:
    return slug(machine.name, "-") or f"{machine.provider}-{_suffix(machine.id)}"


def _suffix(identity: str) -> str:
    """The id where it can stand in a name as it is: without `-` and capitals no two can become the same."""
    return identity if re.fullmatch(r"[a-z0-9]+", identity) else hashlib.sha256(identity.encode()).hexdigest()[:12]

"""Pure: plans become the inventory that the playbook runs with."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from rigprov.facts.connection import Access, ansible_variables, become_password
from rigprov.model.host import Privilege
from rigprov.model.plan import Plan
from rigprov.model.target import Target

PYTHON = "/usr/bin/python3"  # the one that has python3-apt; a newer one in PATH does not


@dataclass(frozen=True)
class Inventory:
    """What ansible-runner gets. `names` maps the inventory's host names to those the user gave."""

    data: Mapping[str, object]
    names: Mapping[str, str]

    @property
    def hosts(self) -> tuple[str, ...]:
        """Hosts as the user named them."""
        return tuple(self.names.values())


def build(
    variables: Mapping[str, Mapping[str, object]], targets: Mapping[str, Target], connections: Mapping[str, Mapping[str, object]]
) -> Inventory:
    """An inventory with every value as a host variable.

    Host variables, not extra variables: those are one set for all hosts, outrank everything and show in the process list.

    Args:
        variables: host -> what the roles get (see `role_variables`).
        targets: host -> the target as the user's inventory knows it; its other variables are kept.
        connections: host -> how Ansible reaches it and becomes root there (see `connection`).
    """
    hosts: dict[str, object] = {}
    names: dict[str, str] = {}
    for host, values in variables.items():
        alias = _alias(host, names)
        names[alias] = host
        own = targets[host].variables
        python = own.get("ansible_python_interpreter", PYTHON)
        hosts[alias] = {**own, **connections[host], "ansible_python_interpreter": python, **values}
    return Inventory({"all": {"hosts": hosts}}, names)


def role_variables(plan: Plan, *, left_out: Collection[str] = (), **more: object) -> dict[str, object]:
    """The values of the plan's roles, and the names of those that run, for the playbook.

    Args:
        plan: of one host.
        left_out: roles that need not run.
        more: further variables.
    """
    return {**plan.variables(), **more, "rigprov_roles": [role for role in plan.roles if role not in left_out]}


def connection(target: Target, access: Access, privilege: Privilege) -> dict[str, object]:
    """How Ansible reaches a host and becomes root there.

    A password lands in the inventory: a file of the user's own in a directory of the user's own, gone once Ansible has read it.
    """
    found: dict[str, object] = {**ansible_variables(target, access), "ansible_become": privilege.user != "root"}
    password = become_password(target, access)
    if password is not None and privilege.user != "root":
        found["ansible_become_password"] = password
    return found


def _alias(host: str, taken: Mapping[str, str]) -> str:
    """A name that Ansible does not read as a pattern, a range, a port or a group."""
    plain = re.sub(r"[^A-Za-z0-9_.-]", "-", host)
    plain = f"host-{plain}" if plain in {"all", "ungrouped"} or plain.startswith("-") else plain
    number, alias = 1, plain
    while alias in taken:
        number += 1
        alias = f"{plain}-{number}"
    return alias

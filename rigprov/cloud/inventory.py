"""Machines become the hosts of an inventory. Pure."""

from collections.abc import Sequence

from rigprov.cloud.machine import Machine
from rigprov.cloud.naming import host_names
from rigprov.cloud.plain import slug

Host = dict[str, object]  # name, variables, groups: plain data, so that Ansible can cache it
NOT_READY = "rigprov_not_ready"


def hosts(machines: Sequence[Machine]) -> list[Host]:
    """Hosts in the listing's order, each machine once (a listing that moves while it is paged through can repeat one).

    A machine that cannot be worked on is in its own group only, and says why in `rigprov_not_ready`, which keeps rigprov's
    commands off it. It has an address that no name server ever resolves: without one, Ansible would try the host's *name*, which
    may be another machine's alias in the user's ssh configuration.
    """
    once = {machine.id: machine for machine in machines}
    names = host_names(tuple(once.values()))
    return [
        {"name": names[machine.id], "variables": _variables(machine, names[machine.id]), "groups": _groups(machine)}
        for machine in once.values()
    ]


def _variables(machine: Machine, name: str) -> dict[str, object]:
    found: dict[str, object | None] = {
        "ansible_connection": "ssh",
        "ansible_host": machine.ssh.address if machine.ssh else f"{name}.{machine.readiness}.invalid",
        "ansible_port": machine.ssh.port if machine.ssh else None,
        "ansible_user": machine.ssh.user if machine.ssh else None,
        "rigprov_provider": machine.provider,
        "rigprov_machine_id": machine.id,
        "rigprov_machine_name": machine.name,
        "rigprov_state": machine.state,
        NOT_READY: f"it {machine.why}" if machine.readiness != "ready" else None,
        "rigprov_tier": machine.tier,
        "rigprov_gpu": machine.gpu,
        "rigprov_gpu_count": machine.gpu_count,
        "rigprov_region": machine.region,
        "rigprov_price_usd_per_hour": machine.price_usd_per_hour,
    }
    return {key: value for key, value in found.items() if value is not None}


def _groups(machine: Machine) -> list[str]:
    if machine.readiness != "ready":
        return [f"{machine.provider}_{machine.readiness}"]
    told = {"gpu": machine.gpu, "region": machine.region, "tier": machine.tier}
    return [machine.provider, *(f"{kind}_{plain}" for kind, value in told.items() if (plain := slug(value, "_")))]

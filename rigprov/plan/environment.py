"""What kind of machine the host is, as far as the roles care."""

from typing import Literal

from rigprov.model.host import HostFacts, Virtualisation
from rigprov.model.plan import Environment


def decide(facts: HostFacts) -> Environment:
    """Kind by evidence, WSL2 and containers first: both can show the hardware of the machine they run on."""
    virtual = facts.virtualisation
    kind, what = _kind(virtual)
    at = f" at {virtual.provider}" if virtual.provider else ""
    init = "systemd runs it" if virtual.systemd_running else f"process 1 is {virtual.init}, not systemd"
    return Environment(kind=kind, systemd=virtual.systemd_running, provider=virtual.provider, why=f"{what}{at}; {init}")


def _kind(virtual: Virtualisation) -> tuple[Literal["metal", "vm", "container", "wsl2"], str]:
    if virtual.wsl:
        return "wsl2", "WSL2 on a Windows machine"
    if virtual.container is not None:
        return "container", f"a container ({virtual.container})"
    if virtual.hypervisor is not None:
        return "vm", f"a virtual machine ({virtual.hypervisor})"
    return "metal", "a machine of its own"


def no_services(environment: Environment) -> str | None:
    """Why system services cannot be set up here, or None when they can."""
    if environment.systemd:
        return None
    if environment.kind == "container":
        return "this container has no systemd, so there is nothing that would run the service"
    if environment.kind == "wsl2":
        return "systemd is off in this WSL2; switch it on with [boot] systemd=true in /etc/wsl.conf"
    return "systemd does not run this machine, and the role needs it"

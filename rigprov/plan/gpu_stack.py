"""Roles of the GPU tiers. None is built yet; what this host rules out is said already."""

from rigprov.model.plan import Decision
from rigprov.plan.case import Case
from rigprov.plan.environment import no_services


def decide(case: Case, role: str) -> Decision:
    """Whether the role will have a place on this host."""
    kind = case.environment.kind
    if role == "nvidia_driver" and kind == "container":
        return Decision(skip="the driver is that of the machine which runs this container; a container cannot load modules")
    if role == "nvidia_driver" and kind == "wsl2":
        return Decision(skip="WSL2 runs on the Windows driver; a Linux driver would break it")
    if role in ("nvidia_container_toolkit", "web_ui") and (reason := no_services(case.environment)):
        return Decision(skip=f"it needs Docker, and {reason}")
    return Decision()

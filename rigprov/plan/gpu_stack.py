"""Roles of the GPU tiers. None is built yet; what this host rules out, or has already, is said."""

from rigprov.model.host import BuildTools
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
    if role == "cuda_toolkit" and kind in ("container", "wsl2") and (reason := _toolkit_is_not_wanted(case)):
        return Decision(skip=reason)
    if role in ("nvidia_container_toolkit", "web_ui") and (reason := no_services(case.environment)):
        return Decision(skip=f"it needs Docker, and {reason}")
    return Decision()


def _toolkit_is_not_wanted(case: Case) -> str | None:
    """Why the machine that has its driver from outside needs no toolkit from us."""
    if case.wish("llm_runtime_archive") and case.wish("llm_runtime_source") != "build":
        return "the engine comes ready from your archive, so nothing is compiled here"
    tools = case.facts.tools
    if isinstance(tools, BuildTools) and tools.nvcc is not None:
        return f"CUDA {tools.nvcc} is here already ({tools.nvcc_path}), and the engine is built with it"
    return None

"""NVIDIA's container toolkit: Docker's way to the GPU."""

from rigprov.catalog import repositories
from rigprov.model.plan import Chosen, Decision
from rigprov.plan.case import Case
from rigprov.plan.driver.decide import Driver
from rigprov.plan.environment import no_services

SOURCE = "nvidia_container_toolkit_repository"
VERSION = "1.20.0-1"  # NVIDIA's container toolkit guide, 2026-08
PACKAGES = ("libnvidia-container1", "libnvidia-container-tools", "nvidia-container-toolkit-base", "nvidia-container-toolkit")


def decide(case: Case, driver: Driver) -> Decision:
    """Values of the role `nvidia_container_toolkit`, or why it is left out."""
    if reason := _skip(case, driver):
        return Decision(skip=reason)
    repository = repositories.container_toolkit(case.facts.kernel.machine)
    here = case.installed(*PACKAGES)
    whole = len(here) == len(PACKAGES) and all(package.status[1:2] == "i" for package in here)
    if whole:
        packages = Chosen([], f"version {here[0].version} is here and is kept")
    else:
        packages = Chosen([f"{name}={VERSION}" for name in PACKAGES], "one version of all four, the one that is pinned")
    fetched = repository.values() if repository and not whole else {}
    return Decision(
        values={
            "nvidia_container_toolkit_packages": packages,
            "nvidia_container_toolkit_repository": Chosen(fetched, "it is here" if whole else "NVIDIA's own"),
            "nvidia_container_toolkit_hold": Chosen(
                list(PACKAGES), "so that no upgrade changes the runtime under running containers"
            ),
            "nvidia_container_toolkit_cdi": Chosen(
                value=True,
                reason="GPUs given to containers by CDI outlive `systemctl daemon-reload`, those of the old hook do not",
            ),
            "nvidia_container_toolkit_docker": Chosen(value=True, reason="Docker is on this host, or comes with this plan"),
        },
        reason="GPUs for Docker's containers, by CDI",
    )


def _skip(case: Case, driver: Driver) -> str | None:
    if reason := no_services(case.environment):
        return f"it needs Docker, and {reason}"
    if case.environment.kind == "container" and not case.facts.virtualisation.can_admin:
        return "it needs Docker, which cannot run in this container"
    if driver.ready == "never":
        return "there is no driver, so containers would have no GPU either"
    if repositories.container_toolkit(case.facts.kernel.machine) is None:
        return f"NVIDIA publishes none for {case.facts.kernel.machine}"
    if case.answers(SOURCE) is False and len(case.installed(*PACKAGES)) < len(PACKAGES):
        return "NVIDIA's repository does not answer from this host, so Docker gets no GPU; the engine runs without Docker"
    return None

"""GPU software as a whole: driver, toolkit, container toolkit, each decided once for all who ask."""

from dataclasses import dataclass

from rigprov.model.plan import Decision
from rigprov.plan import container_toolkit, cuda_toolkit
from rigprov.plan.case import Case
from rigprov.plan.cuda_toolkit import Toolkit
from rigprov.plan.driver.decide import Driver
from rigprov.plan.driver.decide import decide as decide_driver


@dataclass(frozen=True)
class Stack:
    """What the host will have."""

    driver: Driver
    toolkit: Toolkit
    container_toolkit: Decision

    def decisions(self) -> dict[str, Decision]:
        """By role."""
        return {
            "nvidia_driver": self.driver.decision,
            "cuda_toolkit": self.toolkit.decision,
            "nvidia_container_toolkit": self.container_toolkit,
        }


def decide(case: Case) -> Stack:
    """Driver first: the others depend on it."""
    driver = decide_driver(case)
    return Stack(driver, cuda_toolkit.decide(case, driver), container_toolkit.decide(case, driver))

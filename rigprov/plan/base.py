"""Packages that the other roles need."""

from rigprov.catalog.sources import SOURCE_NAMES
from rigprov.model.plan import Chosen, Decision
from rigprov.plan.case import Case


def decide(case: Case) -> Decision:
    """Values of the role `base`."""
    reason = "packages that the other roles need"
    if not cut_off(case):
        return Decision(reason=reason)
    why = "this host reaches none of the sources, so nothing is installed that is not needed for sure"
    return Decision(
        values={"base_packages": Chosen([], why)},
        warnings=(
            "this host reaches none of the sources that rigprov knows; what it needs has to be there, or be carried to it",
        ),
        reason=reason,
    )


def cut_off(case: Case) -> bool:
    """Whether the host has no way out: every source was asked, and none answered."""
    return all(case.answers(name) is False for name in SOURCE_NAMES)

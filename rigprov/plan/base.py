"""Packages that the other roles need."""

from rigprov.catalog.roles import options
from rigprov.catalog.sources import SOURCE_NAMES
from rigprov.model.plan import Chosen, Decision
from rigprov.plan import package_sources
from rigprov.plan.case import Case
from rigprov.plan.driver import present


def decide(case: Case) -> Decision:
    """Values of the role `base`."""
    aside = package_sources.decide(case)
    values = {}
    if aside.files:
        why = "they keep apt from reading its sources, and you agreed"
        values["base_replace_sources"] = Chosen(list(aside.files), why)
    if half := _of_the_driver(case):
        values["base_left_to_others"] = Chosen(list(half), "role nvidia_driver brings what they lack")
    warnings: tuple[str, ...] = ()
    if cut_off(case):
        if _missing(case):
            why = "this host reaches none of the sources, so nothing is installed that is not needed for sure"
            values["base_packages"] = Chosen([], why)
        warnings = (
            "this host reaches none of the sources that rigprov knows; what it needs has to be there, or be carried here",
        )
    return Decision(
        values=values,
        blockers=aside.blockers,
        warnings=warnings,
        destructive=aside.destructive,
        reason="packages that the other roles need",
    )


def _missing(case: Case) -> bool:
    """Whether any of the role's packages is not there.

    Where all are, nothing is fetched; so a network that comes and goes, or a host too busy to ask in time, changes nothing.
    """
    listed = options("base").get("base_packages")
    wanted = listed.default if listed is not None and isinstance(listed.default, list) else []
    there = {package.name for package in case.installed(*wanted) if package.status.endswith("i")}
    return there != set(wanted)


def _of_the_driver(case: Case) -> tuple[str, ...]:
    """Packages of a driver that dpkg could not configure: often for want of headers, which its role brings."""
    return present.find(case.facts).half if "nvidia_driver" in case.tier.roles else ()


def cut_off(case: Case) -> bool:
    """Whether the host has no way out: every source was asked, and none answered."""
    return all(case.answers(name) is False for name in SOURCE_NAMES)

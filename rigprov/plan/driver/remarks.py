"""What a driver decision says beside its values: of cards that are special, and of what could not be told."""

from rigprov.catalog.drivers import OPEN_FOR_ALL
from rigprov.model.missing import Missing
from rigprov.model.plan import Blocker
from rigprov.plan.case import Case
from rigprov.plan.driver import virtual
from rigprov.plan.driver.cards import Cards
from rigprov.plan.driver.choice import Choice


def passed_on(found: Cards) -> tuple[Blocker, ...]:
    """A card that is kept for a virtual machine stops the plan."""
    if found.passed_on is None:
        return ()
    message = f"the GPU at {found.passed_on} is kept for a virtual machine (vfio-pci)"
    return (Blocker("gpu-passed-on", message, "give it back to this machine: take it out of vfio-pci's ids, and reboot"),)


def early(made: Choice, found: Cards) -> tuple[str, ...]:
    """Open modules of a branch in which they were made for data centre cards."""
    if made.flavour != "open" or found.modules == "open" or made.branch >= OPEN_FOR_ALL:
        return ()
    return (f"{found.why_flavour(made.branch, 'proprietary')}: they may refuse {found.names}",)


def warnings(case: Case, found: Cards) -> tuple[str, ...]:
    """What else is to be known of the cards."""
    told = []
    if found.guests:
        addresses = " and ".join(device.address for device in found.guests)
        told.append(f"the GPU at {addresses} is kept for a virtual machine (vfio-pci) and left alone")
    for name in found.newer:
        told.append(f"{name} is in no table of this rigprov: it is treated as a card that runs with open modules only")
    if isinstance(case.facts.secure_boot, Missing):
        told.append(f"whether Secure Boot is on could not be told: {case.facts.secure_boot.reason}")
    if (reason := virtual.sliced(case.facts)) is not None:
        told.append(f"the GPU is a slice ({reason}); only the cloud's own driver may be used")
    return tuple(told)

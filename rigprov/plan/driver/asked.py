"""What the user set for the driver, where no driver could be like that."""

from rigprov.catalog.drivers import BRANCHES
from rigprov.model.host import HostFacts
from rigprov.plan.case import Case
from rigprov.plan.driver import keep
from rigprov.plan.driver.cards import Cards
from rigprov.plan.driver.choice import Choice, Refusal


def branch(case: Case) -> int | None:
    """The branch that is set, as a number."""
    text = str(case.wish("nvidia_driver_branch"))
    return int(text) if text.isascii() and text.isdigit() else None


def is_debian(facts: HostFacts) -> bool:
    """Whether the distribution's driver is Debian's own."""
    return facts.os.id == "debian" and "ubuntu" not in facts.os.id_like


def refuse(case: Case, found: Cards) -> Refusal | None:
    """Values that fit no driver for these cards, or not this distribution."""
    return _refuse_source(case) or _refuse_branch(case, found) or _refuse_flavour(case, found)


def refuse_modules(case: Case, made: Choice) -> Refusal | None:
    """Modules that were set to come from where there are none."""
    wish = case.wish("nvidia_driver_modules")
    if wish in (None, "dkms", made.modules):
        return None
    why = "no driver is here yet" if wish == "present" else f"there are none for {case.facts.kernel.release} in this source"
    return Refusal.of("driver-modules", f"nvidia_driver.modules is set to {wish}, and {why}", "leave nvidia_driver.modules out")


def _refuse_source(case: Case) -> Refusal | None:
    wish, facts = case.wish("nvidia_driver_source"), case.facts
    if wish in ("ubuntu", "debian") and is_debian(facts) != (wish == "debian"):
        message = f"nvidia_driver.source is set to {wish}, and this is {facts.os.pretty}"
        return Refusal.of("driver-source", message, "leave nvidia_driver.source out, or set it to nvidia")
    if wish == "adopt":
        message = "nvidia_driver.source is set to adopt, and there is no driver here that works"
        return Refusal.of("driver-adopt", message, "leave nvidia_driver.source out, and a driver is installed")
    return None


def _refuse_branch(case: Case, found: Cards) -> Refusal | None:
    text, number = case.wish("nvidia_driver_branch"), branch(case)
    if text is None:
        return None
    if number is None:
        message = f"nvidia_driver.branch is set to `{text}`, and a branch is a number"
        return Refusal.of("driver-branch", message, "leave it out, or name a branch: --set nvidia_driver.branch=580")
    if not found.fits(number):
        bounds = f"{found.low or 'any'} to {found.high or 'the newest'}"
        return Refusal.of("driver-branch", f"branch {number} does not drive {found.names} (branches {bounds} do)", "leave it out")
    return None


def _refuse_flavour(case: Case, found: Cards) -> Refusal | None:
    wish = case.wish("nvidia_driver_flavour")
    if not wish:
        return None
    fix = "leave nvidia_driver.flavour out"
    if found.modules not in ("either", wish):
        kept = found.why_flavour(branch(case) or 0, str(found.modules))
        return Refusal.of("driver-flavour", f"nvidia_driver.flavour is set to {wish}, and {kept}", fix)
    described = BRANCHES.get(branch(case) or 0)
    if wish == "proprietary" and described and not described.proprietary:
        message = f"nvidia_driver.flavour is set to proprietary, and branch {described.number} has open modules only"
        return Refusal.of("driver-flavour", message, fix)
    return None


def debian_lacks(case: Case, number: int | None) -> str | None:
    """Why Debian's own driver is not the one that is asked for."""
    wished = branch(case)
    if wished is None or wished == number:
        return None
    return f"branch {wished} is asked for, and {keep.named('debian')} has {number or 'none'}"

"""Whether the driver that is on the host can stay."""

from rigprov.catalog.drivers import NVIDIA
from rigprov.model.host import HostFacts
from rigprov.plan.case import Case
from rigprov.plan.driver import debian, keep, nvidia, ubuntu
from rigprov.plan.driver.cards import Cards
from rigprov.plan.driver.present import Present


def asked(case: Case, there: Present) -> bool:
    """Whether it is what the user asked for, where anything was."""
    wish = case.wish("nvidia_driver_source")
    return wish in (None, "adopt", *there.origins) and _other(case, there) is None


def wrong(case: Case, there: Present, found: Cards) -> str | None:
    """Why it is not what the user asked for, or can never drive these cards."""
    wish = case.wish("nvidia_driver_source")
    if wish not in (None, "adopt") and wish not in there.origins and there.packages:
        return f"it came from {keep.named(there.origins[0])}, and {keep.named(str(wish))} is asked for"
    return _other(case, there) or _kind(there, found)


def gone(case: Case, there: Present) -> str | None:
    """Why it cannot be completed: where it came from no longer has it, or what it has does not fit together."""
    origin = there.origins[0] if there.origins else ""
    if origin == "ppa":
        return "it came from a PPA and does not work, and Ubuntu's modules do not fit a PPA's library"
    have = _branches(case.facts, origin)
    if there.branch is not None and have and there.branch not in have:
        return f"it does not work, and {keep.named(origin)} no longer has branch {there.branch}"
    return None


def _branches(facts: HostFacts, origin: str) -> set[int]:
    """What a source has; empty where that is not known."""
    if origin == "ubuntu":
        return set(ubuntu.there(facts))
    if origin == "nvidia":
        return set(nvidia.by_apt(facts) or NVIDIA)
    number = debian.branch(facts) if origin == "debian" else None
    return {number} if number is not None else set()


def _other(case: Case, there: Present) -> str | None:
    """Branch or modules that are not those which the user set."""
    if case.wish("nvidia_driver_source") == "adopt":
        return None
    branch, flavour = case.wish("nvidia_driver_branch"), case.wish("nvidia_driver_flavour")
    if branch is not None and there.branch is not None and str(branch) != str(there.branch):
        return f"it is of branch {there.branch}, and {branch} is asked for"
    if flavour and there.open is not None and (flavour == "open") != there.open:
        return f"its modules are {'open' if there.open else 'proprietary'}, and {flavour} ones are asked for"
    return None


def _kind(there: Present, found: Cards) -> str | None:
    """Why it can never drive these cards."""
    branch = there.branch
    if branch is None:
        return None
    if not found.fits(branch):
        return f"branch {branch} does not drive {found.names}"
    if found.modules == "open" and there.open is False:
        return f"{found.names} runs with open modules only, and the proprietary ones are installed"
    if found.modules == "proprietary" and there.open:
        return f"{found.names} does not run with the open modules that are installed"
    return None

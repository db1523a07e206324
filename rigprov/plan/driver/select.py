"""Which source and branch are taken, and whether what is here can stay."""

from rigprov.plan.case import Case
from rigprov.plan.driver import debian, keep, nvidia, ubuntu
from rigprov.plan.driver.cards import Cards
from rigprov.plan.driver.choice import Choice, Refusal, Wanted
from rigprov.plan.driver.present import Present


def wrong_source(case: Case, there: Present) -> str | None:
    """Why what is installed is not what the user asked for."""
    wish = case.wish("nvidia_driver_source")
    if wish in (None, "adopt") or wish in there.origins or not there.packages:
        return None
    return f"it came from {keep.named(there.origins[0])}, and {keep.named(str(wish))} is asked for"


def wrong_kind(there: Present, found: Cards) -> str | None:
    """Why what is installed can never drive these cards."""
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


def choose(case: Case, found: Cards, there: Present | None) -> Choice | Refusal:
    """What to install: branch and source as the user set them, else those of the driver that is here, else the best."""
    facts = case.facts
    wish = case.wish("nvidia_driver_source")
    branch = case.wish("nvidia_driver_branch")
    wished = int(str(branch)) if branch and str(branch).isdigit() else None
    if wished is not None and not found.fits(wished):
        bounds = f"{found.low or 'any'} to {found.high or 'the newest'}"
        return Refusal.of("driver-branch", f"branch {wished} does not drive {found.names} (branches {bounds} do)", "leave it out")
    kept = there if there is not None and there.branch is not None and _stays(case, there, found) else None
    source, why = _source(case, found, kept, wish)
    wanted = _wanted(case, kept, wished)
    if source == "ubuntu":
        return ubuntu.choose(facts, found, wanted)
    if source == "debian":
        return debian.choose(facts, found, wanted)
    return nvidia.choose(facts, found, wanted, why=why)


def _wanted(case: Case, kept: Present | None, wished: int | None) -> Wanted:
    """What is here and can stay is completed as it is: branch, modules, edition."""
    own_word = case.wish("nvidia_driver_modules") == "dkms"
    if kept is None or wished not in (None, kept.branch):
        return Wanted(desktop=_desktop(case), branch=wished, dkms=own_word, trusted=own_word)
    return Wanted(
        desktop=kept.whole or _desktop(case),
        branch=kept.branch,
        flavour=None if kept.open is None else "open" if kept.open else "proprietary",
        why_flavour="those that are here, and they drive the cards",
        edition=kept.edition if kept.origins[0] == "ubuntu" else None,
        # signed modules need no key, so with Secure Boot on they are better than those that are built here
        dkms=own_word or (kept.by_dkms and case.facts.secure_boot is not True),
        trusted=own_word,
    )


def _stays(case: Case, there: Present, found: Cards) -> bool:
    return wrong_source(case, there) is None and wrong_kind(there, found) is None


def _source(case: Case, found: Cards, kept: Present | None, wish: object | None) -> tuple[str, str]:
    """The user's word, else where the driver that is here came from, else the distribution, as long as it drives the cards."""
    if wish in ("ubuntu", "debian", "nvidia"):
        return str(wish), "as you set it"
    if kept is not None and kept.origins[0] in ("ubuntu", "debian", "nvidia"):
        return kept.origins[0], "the driver that is here came from there, and two sources would fight"
    facts = case.facts
    if facts.os.id == "debian" and "ubuntu" not in facts.os.id_like:
        number = debian.branch(facts)
        if number is not None and found.fits(number) and not _switches(found):
            return "debian", ""
        gap = "has no fabric manager" if number is not None and found.fits(number) else f"ends at branch {number}"
        return "nvidia", f"{facts.os.pretty}'s own driver {gap}, which is not enough for {found.names}"
    return "ubuntu", ""


def _switches(found: Cards) -> bool:
    return found.nvswitch or any(model.nvlink == "nvswitch" and model.modules == "open" for model in found.models)


def _desktop(case: Case) -> bool:
    """Whether something may draw a desktop. Where it is not known, a machine of its own is taken for one that does."""
    found = case.facts.desktop
    if isinstance(found, tuple):
        return bool(found)
    return case.environment.kind == "metal"

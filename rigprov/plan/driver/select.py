"""Which source and branch are taken."""

from dataclasses import replace

from rigprov.model.missing import Missing
from rigprov.plan.case import Case
from rigprov.plan.driver import asked, debian, nvidia, ubuntu
from rigprov.plan.driver.cards import Cards
from rigprov.plan.driver.choice import Choice, Refusal, Wanted
from rigprov.plan.driver.present import Present


def choose(case: Case, found: Cards, there: Present | None) -> Choice | Refusal:
    """What to install: branch and source as the user set them, else those of the driver that is here, else the best.

    `there`: the driver that is here and is to be completed.
    """
    if refusal := asked.refuse(case, found):
        return refusal
    source, why = _source(case, found, there)
    made = _from(source, case, found, _wanted(case, there), why)
    refusal = asked.refuse_modules(case, made) if isinstance(made, Choice) else None
    return refusal or made


def _from(source: str, case: Case, found: Cards, wanted: Wanted, why: str) -> Choice | Refusal:
    if source == "ubuntu":
        return ubuntu.choose(case.facts, found, wanted)
    if source == "debian":
        return debian.choose(case.facts, found, wanted)
    return nvidia.choose(case.facts, found, wanted, why=why)


def _wanted(case: Case, kept: Present | None) -> Wanted:
    """What is here and can stay is completed as it is: branch, modules, edition."""
    own_word = case.wish("nvidia_driver_modules") == "dkms"
    flavour = str(case.wish("nvidia_driver_flavour") or "") or None
    if kept is None or kept.branch is None:
        own = Wanted(desktop=_desktop(case), branch=asked.branch(case), dkms=own_word, trusted=own_word)
        return replace(own, flavour=flavour, why_flavour="as you set it") if flavour else own
    return Wanted(
        desktop=kept.whole or _desktop(case),
        branch=kept.branch,
        flavour=flavour if kept.open is None else "open" if kept.open else "proprietary",
        why_flavour="those that are here, and they drive the cards",
        edition=kept.edition if kept.origins[0] == "ubuntu" else None,
        # signed modules need no key, so with Secure Boot on they are better than those that are built here
        dkms=own_word or (kept.by_dkms and case.facts.secure_boot is not True),
        trusted=own_word,
        series=_follows_kernels(case),
    )


def _follows_kernels(case: Case) -> bool:
    """Whether an earlier run, under another kernel, left it to the series to bring the modules of the one that runs now."""
    record, release = case.facts.driver_record, case.facts.kernel.release
    named = {} if isinstance(record, Missing) else record
    return any(
        name.startswith("linux-modules-nvidia-") and name.endswith(f"-{release}") and not own for name, own in named.items()
    )


def _source(case: Case, found: Cards, kept: Present | None) -> tuple[str, str]:
    """The user's word, else where the driver that is here came from, else the distribution, as long as it drives the cards."""
    wish = case.wish("nvidia_driver_source")
    if wish in ("ubuntu", "debian", "nvidia"):
        return str(wish), "as you set it"
    if kept is not None and kept.origins[0] in ("ubuntu", "debian", "nvidia"):
        return kept.origins[0], "the driver that is here came from there, and two sources would fight"
    facts = case.facts
    if asked.is_debian(facts):
        number = debian.branch(facts)
        if lacking := asked.debian_lacks(case, number):
            return "nvidia", lacking
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

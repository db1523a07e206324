"""The decision: leave out, keep what is here, complete it, replace it, install one, or stop."""

from dataclasses import dataclass
from typing import Literal

from rigprov.catalog.drivers import OLDEST_USABLE
from rigprov.model.missing import Missing
from rigprov.model.plan import Blocker, Decision, Destructive
from rigprov.plan.case import Case
from rigprov.plan.consent import REMOVE_CONFLICTS
from rigprov.plan.driver import cards as gpus
from rigprov.plan.driver import debian, keep, nvidia, present, ubuntu, virtual
from rigprov.plan.driver.cards import Cards
from rigprov.plan.driver.choice import Choice, Refusal
from rigprov.plan.driver.present import Present
from rigprov.plan.driver.values import adopted, chosen

# now: a driver answers. after: the plan brings one. never: nothing here will.
Ready = Literal["now", "after", "never"]


@dataclass(frozen=True)
class Driver:
    """The decision, and what other decisions need to know of it."""

    decision: Decision
    ready: Ready
    branch: int | None = None
    source: str = ""


def decide(case: Case) -> Driver:
    """Whether and how this host gets NVIDIA's driver."""
    there = present.find(case.facts)
    works: Ready = "now" if there.state == "works" else "never"
    if reason := _not_ours(case):
        return Driver(Decision(skip=reason), works, there.branch)
    found = gpus.find(case.facts)
    if isinstance(found, Missing):
        fix = "mount /sys, or run rigprov where the PCI bus can be seen"
        blind = Blocker("gpu-unknown", f"whether there is an NVIDIA GPU could not be told: {found.reason}", fix)
        return _adopt(case, there, None) if works == "now" else _stop(blind)
    if not found.models:
        return Driver(Decision(skip=_no_gpu(case)), "never")
    return _with_cards(case, there, found)


def _with_cards(case: Case, there: Present, found: Cards) -> Driver:
    reason = virtual.sliced(case.facts)
    if reason and case.wish("nvidia_driver_source") in (None, "adopt"):
        return _adopt(case, there, found) if there.state == "works" else _stop(_slice(reason))
    if there.state == "works" and case.wish("nvidia_driver_source") in (None, "adopt", *there.origins):
        return _working(case, there, found)
    if blocker := gpus.unfit(found):
        return _stop(blocker)
    return _unfinished(case, there, found) if there.state != "none" else _install(case, found)


def _not_ours(case: Case) -> str | None:
    kind = case.environment.kind
    if kind == "container":
        return "the driver is that of the machine which runs this container; a container cannot load modules"
    if kind == "wsl2":
        return "WSL2 runs on the Windows driver; a Linux driver would break it"
    return None


def _no_gpu(case: Case) -> str:
    if makers := gpus.others(case.facts):
        return f"there is no NVIDIA GPU on the PCI bus; what {' and '.join(makers)} made is seen, and not supported"
    return "there is no NVIDIA GPU on the PCI bus"


def _slice(reason: str) -> Blocker:
    fix = (
        "start from the cloud's image with its GRID driver, or install that driver by the cloud's own extension; "
        "if the GPU is whole after all, say --set nvidia_driver.source=ubuntu and rent a size that has whole GPUs next time"
    )
    return Blocker("driver-vgpu", f"this GPU is a slice ({reason}), which takes only the cloud's own guest driver", fix)


def _stop(*blockers: Blocker) -> Driver:
    return Driver(Decision(blockers=blockers, reason="nothing can be installed"), "never")


def _working(case: Case, there: Present, found: Cards) -> Driver:
    """A driver that lists GPUs is kept, however it came here, unless nothing can be run on it."""
    branch = there.branch
    if branch is not None and branch < OLDEST_USABLE:
        fix = f"agree to another with --set nvidia_driver.source=ubuntu {REMOVE_CONFLICTS}, or take the tier starter"
        return _stop(
            Blocker("driver-old", f"driver {there.version} works, but CUDA 12 needs branch {OLDEST_USABLE} or newer", fix)
        )
    return _adopt(case, there, found)


def _adopt(case: Case, there: Present, found: Cards | None) -> Driver:
    return Driver(adopted(case, there, found), "now", there.branch, "adopt")


def _unfinished(case: Case, there: Present, found: Cards) -> Driver:
    """Something is there and does not work."""
    if there.origins == ("runfile",):
        return _stop(keep.runfile(there))
    if len(there.origins) > 1:
        return _stop(keep.two_sources(there))
    if wrong := _wrong_kind(there, found):
        return _replace(case, there, found, wrong)
    if there.state == "mismatch":
        reason = f"the loaded module is {there.loaded}, the library {there.version}: they meet again after a reboot"
        decision = adopted(case, there, found, reboot=reason)
        return Driver(decision, "after", there.branch, "adopt")
    return _complete(case, there, found)


def _wrong_kind(there: Present, found: Cards) -> str | None:
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


def _replace(case: Case, there: Present, found: Cards, wrong: str) -> Driver:
    given = case.consent.remove_conflicts or case.wish("nvidia_driver_remove_conflicts") is True
    names = ", ".join(there.packages)
    removal = Destructive("nvidia_driver", f"removes the packages {names}", REMOVE_CONFLICTS, given)
    made = _choose(case, found, there)
    if isinstance(made, Refusal):
        return _stop(*made.blockers)
    blockers: tuple[Blocker, ...] = ()
    if not given:
        fix = f"agree to the removal of {names} with {REMOVE_CONFLICTS}"
        blockers = (Blocker("driver-conflicts", f"the driver that is installed cannot stay: {wrong}", fix),)
    decision = chosen(
        case, made, found, conflicts=there.packages, given=given, blockers=blockers, destructive=(removal,), why=wrong
    )
    return Driver(decision, "after", made.branch, made.source)


def _complete(case: Case, there: Present, found: Cards) -> Driver:
    """The same driver once more, from where it came: its modules were not built, not loaded, or dpkg was cut off."""
    made = _choose(case, found, there)
    if isinstance(made, Refusal):
        return _stop(*made.blockers)
    half = f" ({', '.join(there.half)} half-installed)" if there.half else ""
    said = (
        f"driver {there.version or there.branch} is installed{half}, and does not answer: {there.said or 'no module is loaded'}"
    )
    return Driver(chosen(case, made, found, why=said), "after", made.branch, made.source)


def _install(case: Case, found: Cards) -> Driver:
    made = _choose(case, found, None)
    if isinstance(made, Refusal):
        return _stop(*made.blockers)
    return Driver(chosen(case, made, found), "after", made.branch, made.source)


def _choose(case: Case, found: Cards, there: Present | None) -> Choice | Refusal:
    facts = case.facts
    wish = case.wish("nvidia_driver_source")
    branch = case.wish("nvidia_driver_branch")
    wished = int(str(branch)) if branch and str(branch).isdigit() else None
    if wished is not None and not found.fits(wished):
        bounds = f"{found.low or 'any'} to {found.high or 'the newest'}"
        return Refusal.of("driver-branch", f"branch {wished} does not drive {found.names} (branches {bounds} do)", "leave it out")
    trusted = case.wish("nvidia_driver_modules") == "dkms"
    kept = there if there is not None and there.branch is not None and _wrong_kind(there, found) is None else None
    if kept is not None and wished is None:
        wished = kept.branch
    source, why = _source(case, found, kept, wish)
    if source == "ubuntu":
        return ubuntu.choose(facts, found, desktop=_desktop(case), wished=wished, trusted=trusted)
    if source == "debian":
        return debian.choose(facts, found, desktop=_desktop(case), trusted=trusted)
    return nvidia.choose(facts, found, why=why, wished=wished, trusted=trusted)


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

"""The decision: leave out, keep what is here, complete it, replace it, install one, or stop."""

from dataclasses import dataclass
from typing import Literal

from rigprov.catalog.drivers import OLDEST_USABLE
from rigprov.model.missing import Missing
from rigprov.model.plan import Blocker, Decision, Destructive
from rigprov.plan.case import Case
from rigprov.plan.consent import REMOVE_CONFLICTS
from rigprov.plan.driver import asked, keep, ours, present, stay, virtual
from rigprov.plan.driver import cards as gpus
from rigprov.plan.driver.cards import Cards
from rigprov.plan.driver.choice import Choice, Refusal
from rigprov.plan.driver.present import Present
from rigprov.plan.driver.select import choose
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
        return _unseen(case, there, None) if works == "now" else _stop(blind)
    if not found.models:  # yet where a driver lists GPUs, there are some
        return _unseen(case, there, found) if works == "now" else Driver(Decision(skip=_no_gpu(case)), "never")
    return _with_cards(case, there, found)


def _unseen(case: Case, there: Present, found: Cards | None) -> Driver:
    """A driver works, and for which cards cannot be told."""
    if stay.asked(case, there):
        return _adopt(case, there, found)
    message = "the driver that is here works, and the PCI bus shows no GPU that another could be chosen for"
    return _stop(Blocker("gpu-unknown", message, "leave out what is set for nvidia_driver"))


def _with_cards(case: Case, there: Present, found: Cards) -> Driver:
    reason = virtual.sliced(case.facts)
    if reason and case.wish("nvidia_driver_source") in (None, "adopt"):
        return _sliced(case, there, found, reason)
    if there.state == "works" and stay.asked(case, there):
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
    if "Jetson" in (board := case.facts.extra.get("board", "")):
        return f"this is {board}: its GPU is no PCI device, and its driver comes with JetPack; rigprov supports neither"
    if makers := gpus.others(case.facts):
        return f"there is no NVIDIA GPU on the PCI bus; what {' and '.join(makers)} made is seen, and not supported"
    return "there is no NVIDIA GPU on the PCI bus"


def _sliced(case: Case, there: Present, found: Cards, reason: str) -> Driver:
    """Only the cloud's own guest driver is right; where it works it stays, whatever else is set."""
    if there.state == "works" and stay.asked(case, there):
        return _adopt(case, there, found)
    if there.state == "mismatch" and stay.asked(case, there):
        return _after_a_reboot(case, there, found)
    if there.state in ("works", "mismatch"):
        message = f"this GPU is a slice ({reason}), and the guest driver that is here is not what is set"
        return _stop(Blocker("driver-vgpu", message, "leave out what is set for nvidia_driver"))
    own = "debian" if asked.is_debian(case.facts) else "ubuntu"
    fix = (
        "start from the cloud's image with its GRID driver, or install that driver by the cloud's own extension; "
        f"if the GPU is whole after all, say --set nvidia_driver.source={own} and rent a size that has whole GPUs next time"
    )
    message = f"this GPU is a slice ({reason}), which takes only the cloud's own guest driver"
    return _stop(Blocker("driver-vgpu", message, fix))


def _stop(*blockers: Blocker) -> Driver:
    """Nothing is decided: no value of the role's would be true."""
    return Driver(Decision(skip=f"blocked: {blockers[0].message}", blockers=blockers), "never")


def _working(case: Case, there: Present, found: Cards) -> Driver:
    """A driver that lists GPUs is kept, however it came here, unless nothing can be run on it."""
    branch = there.branch
    if branch is None or branch >= OLDEST_USABLE:
        made = ours.choice(case, found, there)
        return _adopt(case, there, found) if made is None else _own(case, there, found, made)
    if blocker := gpus.unfit(found) or keep.by_hand(there):
        return _stop(blocker)
    wrong = f"driver {there.version} works, but CUDA 12 needs branch {OLDEST_USABLE} or newer"
    return _replace(case, there, found, wrong, code="driver-old")


def _adopt(case: Case, there: Present, found: Cards | None) -> Driver:
    return Driver(adopted(case, there, found), "now", there.branch, "adopt")


def _own(case: Case, there: Present, found: Cards, made: Choice, reboot: str = "") -> Driver:
    why = f"driver {there.version or there.branch} is here already, from an earlier run"
    return Driver(chosen(case, made, found, why=why, reboot=reboot), "after" if reboot else "now", made.branch, made.source)


def _after_a_reboot(case: Case, there: Present, found: Cards) -> Driver:
    reason = f"the loaded module is {there.loaded}, the library {there.version}: they meet again after a reboot"
    if (made := ours.choice(case, found, there)) is not None:
        return _own(case, there, found, made, reason)
    return Driver(adopted(case, there, found, reboot=reason), "after", there.branch, "adopt")


def _unfinished(case: Case, there: Present, found: Cards) -> Driver:
    """Something is there and does not work, or is not what the user asked for."""
    if blocker := keep.by_hand(there):
        return _stop(blocker)
    if wrong := stay.wrong(case, there, found):
        return _replace(case, there, found, wrong)
    if there.state == "mismatch":
        return _after_a_reboot(case, there, found)
    if wrong := stay.gone(case, there):
        return _replace(case, there, found, wrong)
    return _complete(case, there, found)


def _replace(case: Case, there: Present, found: Cards, wrong: str, *, code: str = "driver-conflicts") -> Driver:
    given = case.consent.remove_conflicts or case.wish("nvidia_driver_remove_conflicts") is True
    leaving = (*there.packages, *keep.along(case.facts, there))
    names = ", ".join(leaving)
    removal = Destructive("nvidia_driver", f"removes the packages {names}", REMOVE_CONFLICTS, given)
    made = choose(case, found, None)
    if isinstance(made, Refusal):
        return _stop(*made.blockers)
    blockers: tuple[Blocker, ...] = ()
    if not given:
        fix = f"agree to the removal of {names} with {REMOVE_CONFLICTS}"
        blockers = (Blocker(code, f"the driver that is installed cannot stay: {wrong}", fix),)
    decision = chosen(case, made, found, conflicts=leaving, given=given, blockers=blockers, destructive=(removal,), why=wrong)
    return Driver(decision, "after", made.branch, made.source)


def _complete(case: Case, there: Present, found: Cards) -> Driver:
    """The same driver once more, from where it came: its modules were not built, not loaded, or dpkg was cut off."""
    made = choose(case, found, there)
    if isinstance(made, Refusal):
        return _stop(*made.blockers)
    half = f" ({', '.join(there.half)} half-installed)" if there.half else ""
    said = (
        f"driver {there.version or there.loaded or 'of no known version'} is installed{half}, and does not answer: "
        f"{there.said or 'no module is loaded'}"
    )
    return Driver(chosen(case, made, found, why=said), "after", made.branch, made.source)


def _install(case: Case, found: Cards) -> Driver:
    made = choose(case, found, None)
    if isinstance(made, Refusal):
        return _stop(*made.blockers)
    return Driver(chosen(case, made, found), "after", made.branch, made.source)

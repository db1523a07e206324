"""The driver from NVIDIA's CUDA repository, kept on one branch by NVIDIA's pinning package."""

from rigprov.catalog import repositories
from rigprov.catalog.drivers import BRANCHES, NVIDIA, NVIDIA_PLAIN_NAMES
from rigprov.model.host import HostFacts
from rigprov.plan.driver import headers, kernel, offered
from rigprov.plan.driver.cards import Cards
from rigprov.plan.driver.choice import Choice, Refusal, Wanted
from rigprov.plan.driver.secure_boot import refuse_unsigned


def choose(facts: HostFacts, cards: Cards, wanted: Wanted, *, why: str) -> Choice | Refusal:
    """The best branch that NVIDIA publishes for this release."""
    repository = repositories.cuda(facts.os.id, facts.os.codename, facts.kernel.machine)
    if repository is None:
        return Refusal.of(
            "driver-release",
            f"NVIDIA publishes no packages for {facts.os.pretty} on {facts.kernel.machine}",
            "use Ubuntu 22.04, 24.04 or 26.04, or Debian 12 or 13",
        )
    if not wanted.trusted and (refusal := refuse_unsigned(facts)):
        return refusal
    if refusal := headers.refuse_gone(facts):
        return refusal
    branches = _branches(facts, cards)
    if wanted.branch is not None:
        branches = [branch for branch in branches if branch == wanted.branch]
    if not branches:
        return Refusal.of(
            "driver-branch",
            f"NVIDIA's repository has no branch {wanted.branch or ''} that drives {cards.names}".replace("  ", " "),
            "leave nvidia_driver.branch out" if wanted.branch else "take a newer version of rigprov, or another card",
        )
    number = branches[0]
    flavour = wanted.flavour or cards.flavour(number)
    kernels = kernel.to_build_for(facts)
    return Choice(
        source="nvidia",
        branch=number,
        flavour=flavour,
        modules="dkms",
        packages=_packages(number, flavour),
        why_source=why,
        why_branch=offered.why(number, cards, by_apt=bool(by_apt(facts))),
        why_flavour=wanted.why_flavour or cards.why_flavour(number, flavour),
        why_modules="NVIDIA's packages have no prebuilt modules, so DKMS builds them for each kernel",
        build_packages=("dkms", kernel.compiler(facts), "make", *headers.packages(facts, kernels)),
        pin_package=f"nvidia-driver-pinning-{number}",
        fabric_manager=_fabric_manager(cards, number),
        kernels=kernels,
    )


def by_apt(facts: HostFacts) -> list[int]:
    """Branches that have a pinning package, where the repository is there already."""
    prefix = "nvidia-driver-pinning-"
    names = [offer.name.removeprefix(prefix) for offer in offered.offers(facts) if offer.name.startswith(prefix)]
    return [int(name) for name in names if name.isdigit()]


def _branches(facts: HostFacts, cards: Cards) -> list[int]:
    there = by_apt(facts) or list(NVIDIA)
    ranked = offered.ranked(there, cards)
    # the newest feature branch is not for a card that a supported one drives
    return sorted(ranked, key=lambda branch: branch in BRANCHES and BRANCHES[branch].over and not cards.newer)


def _packages(number: int, flavour: str) -> tuple[str, ...]:
    if flavour == "open":
        return ("nvidia-open",) if number >= NVIDIA_PLAIN_NAMES else (f"nvidia-open-{number}",)
    return ("cuda-drivers",) if number >= NVIDIA_PLAIN_NAMES else (f"cuda-drivers-{number}",)


def _fabric_manager(cards: Cards, number: int) -> str:
    if cards.nvlink5:
        return "nvlink5" if number >= NVIDIA_PLAIN_NAMES else f"nvlink5-{number}"
    return "nvidia-fabricmanager" if cards.nvswitch else ""

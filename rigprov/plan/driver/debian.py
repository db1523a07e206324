"""Debian's own driver, from its component non-free."""

from rigprov.catalog.drivers import DEBIAN
from rigprov.model.host import HostFacts
from rigprov.plan.driver import headers, kernel, offered
from rigprov.plan.driver.cards import Cards
from rigprov.plan.driver.choice import Choice, Refusal, Wanted
from rigprov.plan.driver.secure_boot import refuse_unsigned

# By pattern, since not every release has each: what comes with the packages that are asked for.
ALONG = ("libcuda1*", "libnvidia-ml1*", "libnvidia-ptxjit*", "libnvidia-cfg1*", "nvidia-kernel-*", "nvidia-alternative*")
COMPONENTS = ("main", "contrib", "non-free", "non-free-firmware")


def branch(facts: HostFacts) -> int | None:
    """The one branch that the release has."""
    return offered.from_package(facts, "nvidia-kernel-dkms", "Debian") or DEBIAN.get(facts.os.codename)


def choose(facts: HostFacts, cards: Cards, wanted: Wanted) -> Choice | Refusal:
    """Debian's packages; their modules are always built by DKMS."""
    number = branch(facts)
    if number is None or wanted.branch not in (None, number) or not cards.fits(number):
        return _lacks(facts, cards, number, wanted.branch)
    if not wanted.trusted and (refusal := refuse_unsigned(facts)):
        return refusal
    if refusal := headers.refuse_gone(facts):
        return refusal
    flavour = wanted.flavour or cards.flavour(number)
    module = "nvidia-open-kernel-dkms" if flavour == "open" else "nvidia-kernel-dkms"
    userland = ("nvidia-driver",) if wanted.desktop else ("nvidia-smi", "libcuda1", "nvidia-persistenced")
    packages = (module, *userland, *(("nvidia-smi", "nvidia-persistenced") if wanted.desktop else ()))
    kernels = kernel.to_build_for(facts)
    apt = offered.known(facts) and offered.has(facts, "nvidia-kernel-dkms")
    said = "apt offers it" if apt else "from the catalogue, since its component non-free is not switched on yet"
    return Choice(
        source="debian",
        branch=number,
        flavour=flavour,
        modules="dkms",
        packages=packages,
        why_source=f"{facts.os.pretty} carries a driver that drives {cards.names}, and no second source could fight with it",
        why_branch=f"the release's own; {said}",
        why_flavour=wanted.why_flavour or cards.why_flavour(number, flavour),
        why_modules="Debian has no prebuilt modules, so DKMS builds them for each kernel",
        build_packages=("dkms", kernel.compiler(facts), "make", *headers.packages(facts, kernels)),
        components=COMPONENTS,
        hold=(*packages, *ALONG),
        kernels=kernels,
    )


def _lacks(facts: HostFacts, cards: Cards, number: int | None, wished: int | None) -> Refusal:
    if number is None:
        fix = "use Debian 12 or 13, or Ubuntu 22.04, 24.04 or 26.04"
        return Refusal.of("driver-release", f"no NVIDIA driver is known for {facts.os.pretty}", fix)
    if wished in (None, number):
        message = f"{facts.os.pretty} carries branch {number}, which does not drive {cards.names}"
        return Refusal.of("driver-branch", message, "leave nvidia_driver.source out, or set it to nvidia")
    message = f"branch {wished} is asked for, and {facts.os.pretty} carries {number}"
    return Refusal.of("driver-branch", message, "leave nvidia_driver.branch out, or nvidia_driver.source")

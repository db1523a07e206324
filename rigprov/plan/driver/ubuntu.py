"""The driver from Ubuntu's archive, with Canonical's signed modules wherever they fit the kernel."""

from collections.abc import Mapping

from rigprov.catalog import repositories
from rigprov.catalog.drivers import NVIDIA, UBUNTU, UBUNTU_RELEASES
from rigprov.model.host import HostFacts
from rigprov.plan.driver import headers, kernel, offered
from rigprov.plan.driver.cards import Cards
from rigprov.plan.driver.choice import Choice, Refusal, Wanted
from rigprov.plan.driver.secure_boot import refuse_unsigned

COMPONENTS = ("main", "restricted", "universe", "multiverse")


def choose(facts: HostFacts, cards: Cards, wanted: Wanted) -> Choice | Refusal:
    """The best branch that has signed modules for this kernel, else the best one built by DKMS."""
    have = there(facts)
    if not have:
        name = facts.os.pretty or facts.os.id
        return Refusal.of(
            "driver-release",
            f"apt offers no NVIDIA driver on {name}",
            "run `apt-get update` on the host and plan again, with Ubuntu's components restricted and multiverse switched on, "
            "or use Ubuntu 22.04, 24.04 or 26.04",
        )
    named = wanted.branch
    branches = offered.ranked(have, cards) if named is None else [branch for branch in have if branch == named]
    if not branches:
        return _nothing(facts, cards, have, named)
    by_dkms: Choice | Refusal | None = None
    for branch in branches:
        made = None if wanted.dkms else _prebuilt(facts, cards, branch, have[branch], wanted)
        if made is not None:
            return made
        by_dkms = by_dkms or _dkms(facts, cards, branch, have[branch], wanted)
    assert by_dkms is not None  # noqa: S101  (there is at least one branch)
    return by_dkms


def there(facts: HostFacts) -> Mapping[int, set[str]]:
    """Branch -> editions that the archive has: apt's word, else the catalogue's."""
    if found := offered.from_ubuntu(facts):
        return found
    if facts.os.codename not in UBUNTU_RELEASES:
        return {}
    return {branch: {"", "-open", *(("-server", "-server-open") if server else ())} for branch, server in UBUNTU.items()}


def _nothing(facts: HostFacts, cards: Cards, have: Mapping[int, set[str]], wished: int | None) -> Refusal:
    listed = ", ".join(map(str, sorted(have)))
    if wished:
        return Refusal.of(
            "driver-branch",
            f"branch {wished} is asked for, and {facts.os.pretty} offers {listed}",
            f"leave nvidia_driver.branch out, or set it to one of {listed}",
        )
    bounds = " and ".join((f"at least {cards.low}",) * bool(cards.low) + (f"at most {cards.high}",) * bool(cards.high))
    nvidias = repositories.cuda(facts.os.id, facts.os.codename, facts.kernel.machine) and any(map(cards.fits, NVIDIA))
    other = "take NVIDIA's repository: --set nvidia_driver.source=nvidia" if nvidias else "use Ubuntu 22.04, 24.04 or 26.04"
    return Refusal.of(
        "driver-branch",
        f"{cards.names} needs driver branch {bounds}, and {facts.os.pretty} offers {listed}",
        f"run `apt-get update` on the host and plan again, or {other}",
    )


def _edition(editions: set[str], flavour: str, wanted: Wanted, cards: Cards) -> str | None:
    """Suffix of the packages' names: as it is here, else the server edition where nothing draws a desktop.

    The fabric manager, without which GPUs behind an NVSwitch do not work, is of the server edition's version.
    """
    tail = "-open" if flavour == "open" else ""
    usual = (tail,) if wanted.desktop and not cards.nvswitch else (f"-server{tail}", tail)
    names = usual if wanted.edition is None else (f"{wanted.edition}{tail}",)
    return next((edition for edition in names if edition in editions), None)


def _prebuilt(facts: HostFacts, cards: Cards, branch: int, editions: set[str], wanted: Wanted) -> Choice | None:
    flavour = wanted.flavour or cards.flavour(branch)
    edition = _edition(editions, flavour, wanted, cards)
    if edition is None or not kernel.has_prebuilt(facts):
        return None
    fabric = _fabric(cards, branch, edition)
    series = f"linux-modules-nvidia-{branch}{edition}-{kernel.meta(facts)}"
    exact = f"linux-modules-nvidia-{branch}{edition}-{facts.kernel.release}"
    by_apt = bool(offered.from_ubuntu(facts))
    modules = tuple(name for name in (exact, series) if offered.has(facts, name)) if by_apt else (series,)
    if not modules:
        return None
    next_kernel = by_apt and exact not in modules
    if wanted.series and series in modules:
        modules = (series,)
    said = "Canonical built and signed it for this kernel, so it needs neither compiler nor key, Secure Boot or not"
    if next_kernel:
        said = f"Canonical has none for {facts.kernel.release} any more; it comes with the newest kernel, for the next boot"
    return Choice(
        source="ubuntu",
        branch=branch,
        flavour=flavour,
        modules="prebuilt",
        packages=(*_userland(branch, edition, desktop=wanted.desktop), *modules),
        why_source=_why_source(facts),
        why_branch=offered.why(branch, cards, by_apt=by_apt),
        why_flavour=wanted.why_flavour or cards.why_flavour(branch, flavour),
        why_modules=said,
        components=COMPONENTS,
        # New kernels come with new modules, and these want the library of their own version: all of them, or none.
        hold=(*_hold(branch, edition, fabric, desktop=wanted.desktop), *modules, *kernel.metas_installed(facts)),
        warnings=_unjoined(cards, fabric),
        fabric_manager=fabric,
        kernels=(facts.kernel.release,) if exact in modules else (),  # for the series only apt knows which kernel is meant
        next_kernel=next_kernel,
    )


def _dkms(facts: HostFacts, cards: Cards, branch: int, editions: set[str], wanted: Wanted) -> Choice | Refusal:
    if not wanted.trusted and (refusal := refuse_unsigned(facts)):
        return refusal
    if refusal := headers.refuse_gone(facts):
        return refusal
    flavour = wanted.flavour or cards.flavour(branch)
    edition = _edition(editions, flavour, wanted, cards)
    if edition is None:
        return Refusal.of(
            "driver-branch",
            f"branch {branch} has no {flavour} modules in {facts.os.pretty}",
            "run `apt-get update` on the host and plan again",
        )
    fabric = _fabric(cards, branch, edition)
    kernels = kernel.to_build_for(facts)
    return Choice(
        source="ubuntu",
        branch=branch,
        flavour=flavour,
        modules="dkms",
        packages=(*_userland(branch, edition, desktop=wanted.desktop), f"nvidia-dkms-{branch}{edition}"),
        why_source=_why_source(facts),
        why_branch=offered.why(branch, cards, by_apt=bool(offered.from_ubuntu(facts))),
        why_flavour=wanted.why_flavour or cards.why_flavour(branch, flavour),
        why_modules=f"there are no prebuilt modules for {facts.kernel.release}, so DKMS builds them for each kernel",
        build_packages=("dkms", kernel.compiler(facts), "make", *headers.packages(facts, kernels)),
        components=COMPONENTS,
        hold=(*_hold(branch, edition, fabric, desktop=wanted.desktop), f"nvidia-dkms-{branch}{edition}"),
        warnings=_unjoined(cards, fabric),
        fabric_manager=fabric,
        kernels=kernels,
    )


def _userland(branch: int, edition: str, *, desktop: bool) -> tuple[str, ...]:
    """With a desktop everything, without one no X libraries. Only `nvidia-utils` has `nvidia-smi`."""
    if desktop:
        return (f"nvidia-driver-{branch}{edition}",)
    plain = edition.replace("-open", "")
    return (f"nvidia-headless-no-dkms-{branch}{edition}", f"nvidia-utils-{branch}{plain}")


def _hold(branch: int, edition: str, fabric: str, *, desktop: bool) -> tuple[str, ...]:
    """What is asked for by name, and by pattern all that comes with it, which differs from release to release."""
    plain = edition.replace("-open", "")
    along = (f"nvidia-*-{branch}{plain}", f"libnvidia-*-{branch}{plain}", f"xserver-xorg-video-nvidia-{branch}{plain}*")
    return (*_userland(branch, edition, desktop=desktop), *along, *((fabric,) if fabric else ()))


def _fabric(cards: Cards, branch: int, edition: str) -> str:
    return f"nvidia-fabricmanager-{branch}" if cards.nvswitch and "-server" in edition else ""


def _unjoined(cards: Cards, fabric: str) -> tuple[str, ...]:
    """GPUs that CUDA may refuse until something joins them: error 802, "system not yet initialized"."""
    if fabric or not (cards.nvswitch or cards.nvlink5):
        return ()
    lacks = "NVIDIA's nvlink5 packages" if cards.nvlink5 else "a fabric manager of the driver's version"
    way = "--set nvidia_driver.source=nvidia brings them"
    return (f"{cards.names} may need {lacks}, which do not come with this driver: if CUDA answers with error 802, {way}",)


def _why_source(facts: HostFacts) -> str:
    return f"{facts.os.pretty} carries it: tested with its kernels, and no second source that could fight with it"

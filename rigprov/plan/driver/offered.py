"""Which branches a source has for this host: what apt says, else the catalogue's table."""

import re
from collections.abc import Iterable

from rigprov.catalog.drivers import BRANCHES, PREFERRED
from rigprov.model.host import HostFacts, Offer
from rigprov.model.missing import Missing
from rigprov.plan.driver.cards import Cards

_UBUNTU = re.compile(r"nvidia-(?:driver|headless-no-dkms)-(\d{3})(-server)?(-open)?")


def offers(facts: HostFacts) -> tuple[Offer, ...]:
    """What apt offers of the GPU software; empty where it was not asked, or has no lists yet."""
    return () if isinstance(facts.offers, Missing) else facts.offers


def known(facts: HostFacts) -> bool:
    """Whether apt's word can be gone by: it was asked, and has lists. On a fresh machine it often has none."""
    return bool(offers(facts))


def has(facts: HostFacts, name: str) -> bool:
    """Whether apt offers the package."""
    return any(offer.name == name for offer in offers(facts))


def branch_of(offer: Offer) -> int | None:
    """By the version, not by the name: nvidia-driver-570 is an empty package that leads to 580 now."""
    upstream = offer.version.rpartition(":")[2].partition(".")[0]
    return int(upstream) if upstream.isdigit() else None


def from_ubuntu(facts: HostFacts) -> dict[int, set[str]]:
    """Branch -> editions ("", "-server", "-open", "-server-open") that Ubuntu's archive has under their own name."""
    found: dict[int, set[str]] = {}
    for offer in offers(facts):
        match = _UBUNTU.fullmatch(offer.name)
        if match and _of_ubuntu(offer) and branch_of(offer) == int(match[1]):
            found.setdefault(int(match[1]), set()).add(f"{match[2] or ''}{match[3] or ''}")
    return found


def _of_ubuntu(offer: Offer) -> bool:
    """By the release file's origin, or by the address where a mirror has none; a PPA's address says ubuntu as well."""
    origin = offer.origin.lower()
    return "ubuntu" in origin and "ppa" not in origin and not is_nvidias(origin)


def is_nvidias(origin: str) -> bool:
    """Also by an address with the distribution's name in it: .../cuda/repos/ubuntu2404, cuda-repo-ubuntu2404-13-0-local."""
    return "nvidia" in origin or "cuda-repo" in origin


def from_package(facts: HostFacts, name: str, origin: str) -> int | None:
    """Branch of one package of one origin."""
    found = next((offer for offer in offers(facts) if offer.name == name and origin in offer.origin), None)
    return branch_of(found) if found else None


def ranked(branches: Iterable[int], cards: Cards) -> list[int]:
    """Those that drive all cards, best first: long support before new, and the newest for a card that no table knows."""
    fitting = [branch for branch in branches if cards.fits(branch) and _has_modules(branch, cards)]
    if cards.newer:
        return sorted(fitting, reverse=True)
    order = {branch: place for place, branch in enumerate(PREFERRED)}
    return sorted(fitting, key=lambda branch: (order.get(branch, len(order)), -branch))


def _has_modules(branch: int, cards: Cards) -> bool:
    described = BRANCHES.get(branch)
    return described is None or described.proprietary or cards.modules != "proprietary"


def why(branch: int, cards: Cards, *, by_apt: bool) -> str:
    """Reason for a branch, in words."""
    said = "apt offers it" if by_apt else "apt has not told what it offers yet, so this is the catalogue's word"
    described = BRANCHES.get(branch)
    if cards.high is not None and branch <= cards.high and cards.low is None:
        return f"the last branch that drives {cards.names}; {said}" if branch == cards.high else f"drives {cards.names}; {said}"
    if cards.newer:
        return f"the newest there is, for {cards.names}, which no table knows; {said}"
    if described is None or described.over:
        return f"drives {cards.names}; {said}"
    return f"{described.kind}, supported until {described.end}; drives {cards.names}; {said}"

"""Package sources on the host that would keep apt from reading any, or bring a predecessor's packages.

apt refuses to read its sources at all where two entries for one address name different keys ("Conflicting values set for option
Signed-By"), so this comes before anything else. One entry that works is used as it is; entries that contradict one another are
put aside, with consent, and a rollback brings them back.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from rigprov.catalog import repositories
from rigprov.catalog.repositories import OLD_TOOLKIT, Repository
from rigprov.model.host import AptSource, HostFacts, Missing
from rigprov.model.plan import Blocker, Destructive
from rigprov.plan.case import Case
from rigprov.plan.consent import REMOVE_CONFLICTS


@dataclass(frozen=True)
class Aside:
    """Files that have to leave; `files` is empty until that was agreed to."""

    files: tuple[str, ...] = ()
    blockers: tuple[Blocker, ...] = ()
    destructive: tuple[Destructive, ...] = ()


def decide(case: Case) -> Aside:
    """Those of the repositories that the tier's roles may add can be put aside; other people's are theirs to mend."""
    wanted = _of_the_roles(case)
    files = tuple(dict.fromkeys(file for each in wanted for file in clashing(case.facts, each)))
    others = tuple(file for file in contradicting(case.facts) if file not in files)
    blockers: tuple[Blocker, ...] = ()
    if others:
        message = f"the package sources {', '.join(others)} name different keys for one address, so apt reads no source at all"
        blockers = (Blocker("apt-sources-contradict", message, "keep one of the entries (`apt-get update` names the address)"),)
    if not files:
        return Aside(blockers=blockers)
    given = case.consent.remove_conflicts
    named = ", ".join(files)
    aside = Destructive("base", f"puts the package sources {named} aside", REMOVE_CONFLICTS, given)
    if given:
        return Aside(files, blockers, (aside,))
    message = f"the package sources {named} contradict one another about a key of NVIDIA's or Docker's, or are out of use"
    fix = f"agree that they are put aside with {REMOVE_CONFLICTS} (a rollback brings them back), or mend them yourself"
    return Aside((), (Blocker("apt-sources-clash", message, fix), *blockers), (aside,))


def _of_the_roles(case: Case) -> tuple[Repository, ...]:
    system, machine = case.facts.os, case.facts.kernel.machine
    found: list[Repository | None] = []
    if "nvidia_driver" in case.tier.roles:
        found += [repositories.cuda(system.id, system.codename, machine), repositories.container_toolkit(machine)]
    if "docker" in case.tier.roles and system.id in repositories.DOCKER_SYSTEMS:
        found.append(repositories.docker(system.id, system.codename))
    return tuple(each for each in found if each)


def contradicting(facts: HostFacts) -> tuple[str, ...]:
    """Files whose entries name different keys for the same address and suite: apt then refuses to read any."""
    entries = [] if isinstance(facts.apt_sources, Missing) else [entry for entry in facts.apt_sources if entry.enabled]
    places: dict[tuple[str, str], list[AptSource]] = {}
    for entry in entries:
        for place in ((uri.rstrip("/"), suite) for uri in entry.uris for suite in entry.suites):
            places.setdefault(place, []).append(entry)
    return _files(entry for same in places.values() if len({entry.signed_by for entry in same}) > 1 for entry in same)


def clashing(facts: HostFacts, repository: Repository) -> tuple[str, ...]:
    """Files whose entries for this repository contradict one another, or belong to its predecessors."""
    found = [] if isinstance(facts.apt_sources, Missing) else [entry for entry in facts.apt_sources if entry.enabled]
    there = [entry for entry in found if any(_plain(uri, facts) == _plain(repository.url, facts) for uri in entry.uris)]
    same = [entry for entry in there if set(entry.suites) & set(repository.suites)]
    keys = {entry.signed_by for entry in same}
    old = [entry for entry in found if _is_old(entry, repository)]
    return _files([*(same if len(keys) > 1 else []), *old])


def _is_old(entry: AptSource, repository: Repository) -> bool:
    """The container toolkit's earlier repositories, which hold older packages of the same names."""
    return repository.name == "nvidia-container-toolkit" and any(place in uri for uri in entry.uris for place in OLD_TOOLKIT)


def _plain(uri: str, facts: HostFacts) -> str:
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(facts.kernel.machine, facts.kernel.machine)
    return uri.replace("$(ARCH)", architecture).rstrip("/").partition("://")[2]


def _files(entries: Iterable[AptSource]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(entry.file for entry in entries))

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
    """For the repositories of NVIDIA that the tier's roles may add."""
    if "nvidia_driver" not in case.tier.roles:
        return Aside()
    system, machine = case.facts.os, case.facts.kernel.machine
    wanted = (repositories.cuda(system.id, system.codename, machine), repositories.container_toolkit(machine))
    files = tuple(dict.fromkeys(file for each in wanted if each for file in clashing(case.facts, each)))
    if not files:
        return Aside()
    given = case.consent.remove_conflicts
    named = ", ".join(files)
    aside = Destructive("base", f"puts the package sources {named} aside", REMOVE_CONFLICTS, given)
    if given:
        return Aside(files, destructive=(aside,))
    message = f"the package sources {named} contradict one another about a key of NVIDIA's, or are out of use"
    fix = f"agree that they are put aside with {REMOVE_CONFLICTS} (a rollback brings them back), or mend them yourself"
    return Aside((), (Blocker("apt-sources-clash", message, fix),), (aside,))


def clashing(facts: HostFacts, repository: Repository) -> tuple[str, ...]:
    """Files whose entries for this repository contradict one another, or belong to its predecessors."""
    found = [] if isinstance(facts.apt_sources, Missing) else [entry for entry in facts.apt_sources if entry.enabled]
    same = [entry for entry in found if any(_plain(uri, facts) == _plain(repository.url, facts) for uri in entry.uris)]
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

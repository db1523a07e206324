"""A third-party repository that a role adds, beside entries for it that are on the host already.

apt refuses to read its sources at all where two entries for one address name different keys ("Conflicting values set for option
Signed-By"). One entry that works is used as it is; entries that contradict one another are put aside, with consent.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from rigprov.catalog.repositories import OLD_TOOLKIT_HOSTS, Repository
from rigprov.model.host import AptSource, HostFacts, Missing
from rigprov.model.plan import Blocker, Chosen, Destructive
from rigprov.plan.case import Case
from rigprov.plan.consent import REMOVE_CONFLICTS


@dataclass(frozen=True)
class Sources:
    """What a role is told of its repository."""

    values: dict[str, Chosen]
    blockers: tuple[Blocker, ...] = ()
    destructive: tuple[Destructive, ...] = ()


def decide(case: Case, role: str, repository: Repository, reason: str) -> Sources:
    """Values `<role>_repository` and `<role>_replace_sources`."""
    files = clashing(case.facts, repository)
    given = case.consent.remove_conflicts
    why = "they name different keys for one address, so apt reads none of its sources" if files else "no entry is in its way"
    values = {
        f"{role}_repository": Chosen(repository.values(), reason),
        f"{role}_replace_sources": Chosen(list(files) if given else [], why),
    }
    if not files:
        return Sources(values)
    named = ", ".join(files)
    aside = Destructive(role, f"puts the package sources {named} aside", REMOVE_CONFLICTS, given)
    if given:
        return Sources(values, destructive=(aside,))
    fix = f"agree that they are put aside with {REMOVE_CONFLICTS} (a rollback brings them back), or mend them yourself"
    message = f"{named} contradict one another about the key of {repository.url}, so apt reads none of its sources"
    return Sources(values, (Blocker("apt-sources-clash", message, fix),), (aside,))


def clashing(facts: HostFacts, repository: Repository) -> tuple[str, ...]:
    """Files whose entries for this repository, or its predecessor, contradict one another."""
    found = [] if isinstance(facts.apt_sources, Missing) else [entry for entry in facts.apt_sources if entry.enabled]
    same = [entry for entry in found if any(_plain(uri, facts) == _plain(repository.url, facts) for uri in entry.uris)]
    keys = {entry.signed_by for entry in same}
    old = [entry for entry in found if _is_old(entry, repository)]
    return _files([*(same if len(keys) > 1 else []), *old])


def _is_old(entry: AptSource, repository: Repository) -> bool:
    """The container toolkit's earlier repositories, which hold older packages of the same names."""
    return repository.name == "nvidia-container-toolkit" and any(host in uri for uri in entry.uris for host in OLD_TOOLKIT_HOSTS)


def _plain(uri: str, facts: HostFacts) -> str:
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(facts.kernel.machine, facts.kernel.machine)
    return uri.replace("$(ARCH)", architecture).rstrip("/").partition("://")[2]


def _files(entries: Iterable[AptSource]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(entry.file for entry in entries))

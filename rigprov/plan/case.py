"""What every decision is made from, and amounts in words."""

from dataclasses import dataclass, field

from rigprov.model.host import HostFacts, Package
from rigprov.model.missing import Missing
from rigprov.model.plan import Environment
from rigprov.model.tier import Tier
from rigprov.plan.consent import Consent
from rigprov.plan.wishes import Wishes

GIB = 2**30
MIB = 2**20


@dataclass(frozen=True)
class Case:
    """One host, one tier, and what the user wants."""

    facts: HostFacts
    tier: Tier
    environment: Environment
    wishes: Wishes = field(default_factory=Wishes)
    consent: Consent = field(default_factory=Consent)

    def wish(self, variable: str) -> object | None:
        """The user's value for a variable, else the tier's, else None."""
        found = self.wishes.get(variable)
        return self.tier.values.get(variable) if found is None else found

    def answers(self, source: str) -> bool | None:
        """Whether a source of packages or models answers from the host; None when it could not be told."""
        found = self.facts.reachable.get(source)
        return found if isinstance(found, bool) else None

    def installed(self, *names: str) -> tuple[Package, ...]:
        """Those of the named packages that are installed, also half; none where packages could not be read."""
        if isinstance(self.facts.packages, Missing):
            return ()
        return tuple(
            package for package in self.facts.packages if package.name in names and package.status[1:2] not in ("n", "c")
        )


def gib(size_bytes: float) -> str:
    """An amount of bytes in words, binary."""
    return f"{size_bytes / GIB:.1f} GiB" if size_bytes >= GIB else f"{size_bytes / MIB:.0f} MiB"

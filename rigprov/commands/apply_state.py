"""What the steps of `rigprov apply` hand on."""

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rigprov.commands.ending import Ending
from rigprov.errors import RigprovError
from rigprov.facts.connection import Access
from rigprov.model.target import Target
from rigprov.model.tier import Tier
from rigprov.plan.wishes import Wishes

if TYPE_CHECKING:  # these come while the hosts are asked
    from rigprov.facts.recording import Section
    from rigprov.model.fleet import Roll
    from rigprov.model.host import HostFacts
    from rigprov.model.ledger import Verdict
    from rigprov.model.plan import Plan
    from rigprov.model.proof import Proof
    from rigprov.model.run import RunSummary


@dataclass
class State:
    """What the steps have found so far. `targets` are the hosts that are still in."""

    args: Namespace
    targets: dict[str, Target] = field(default_factory=dict)
    access: Access = field(default_factory=Access)
    tier: Tier | None = None
    wishes: Mapping[str, Wishes] = field(default_factory=dict)
    facts: "dict[str, HostFacts]" = field(default_factory=dict)
    answers: "dict[str, dict[str, Section]]" = field(default_factory=dict)  # host -> section -> what a source said to it
    late: set[str] = field(default_factory=set)  # hosts whose sources were not given the time that some would have needed
    plans: "dict[str, Plan]" = field(default_factory=dict)
    verdicts: "dict[str, dict[str, Verdict]]" = field(default_factory=dict)  # host -> role -> what the ledger says
    notes: dict[str, str] = field(default_factory=dict)  # host -> what was done before Ansible
    summary: "RunSummary | None" = None
    proofs: "dict[str, Proof]" = field(default_factory=dict)
    ending: Ending = field(default_factory=Ending)
    named: tuple[str, ...] = ()  # every host of the run, in order
    roll: "Roll | None" = None  # None: all hosts at once
    stopped: bool = False

    def drop(self, host: str, error: RigprovError) -> None:
        """Take a host out because of an error."""
        self.ending.error(host, error)
        self.targets.pop(host, None)

    def running(self, host: str) -> tuple[str, ...]:
        """Roles that have to run on a host, in order: those whose end is not noted, or is not as it was noted."""
        if self.args.full:
            return self.plans[host].roles
        verdicts = self.verdicts.get(host, {})
        return tuple(role for role in self.plans[host].roles if role not in verdicts or verdicts[role].state != "holds")

    def stop_if_empty(self) -> None:
        """No host left: the command is over."""
        self.stopped = self.stopped or not self.targets

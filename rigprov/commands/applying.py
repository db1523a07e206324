"""The steps of `rigprov apply`. Each does one thing to the hosts that are still in, and takes out those that cannot go on."""

import sys
from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from rigprov.apply.bootstrap import bootstrap
from rigprov.apply.carried import settled
from rigprov.apply.inventory import role_variables
from rigprov.apply.progress import Progress, open_progress
from rigprov.apply.runner import SITE
from rigprov.commands.converge import converge, expectations
from rigprov.commands.ending import Ending
from rigprov.commands.keeping import facts_after, kept
from rigprov.commands.options import chosen_tier
from rigprov.commands.reach import access_from, confirmed, someone_answers
from rigprov.errors import Exit, RigprovError
from rigprov.facts.build import host_facts
from rigprov.facts.collect import collect
from rigprov.facts.connection import Access, become_password
from rigprov.facts.inventory import resolve
from rigprov.model.host import HostFacts
from rigprov.model.outcome import Outcome
from rigprov.model.plan import Plan
from rigprov.model.proof import Proof
from rigprov.model.run import RunSummary
from rigprov.model.target import Target
from rigprov.model.tier import Tier
from rigprov.plan.build import build_plan
from rigprov.plan.consent import Consent
from rigprov.plan.wishes import Wishes, read_flags, read_inventory
from rigprov.report.applied import applied_data, applied_text
from rigprov.report.plan import plan_text
from rigprov.verify.run import verify
from rigprov.verify.unmeasured import unmeasured


@dataclass
class State:
    """What the steps have found so far. `targets` are the hosts that are still in."""

    args: Namespace
    targets: dict[str, Target] = field(default_factory=dict)
    access: Access = field(default_factory=Access)
    tier: Tier | None = None
    wishes: Mapping[str, Wishes] = field(default_factory=dict)
    facts: dict[str, HostFacts] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)  # host -> what was done before Ansible
    summary: RunSummary | None = None
    proofs: dict[str, Proof] = field(default_factory=dict)
    ending: Ending = field(default_factory=Ending)
    stopped: bool = False

    def drop(self, host: str, error: RigprovError) -> None:
        """Take a host out because of an error."""
        self.ending.error(host, error)
        self.targets.pop(host, None)

    def stop_if_empty(self) -> None:
        """No host left: the command is over."""
        self.stopped = self.stopped or not self.targets


def read_input(state: State) -> None:
    """Everything the user wrote is checked before any host is touched."""
    args = state.args
    state.tier = chosen_tier(args)
    flags = settled(read_flags(args.settings), "--set")
    targets = resolve(args.hosts, args.inventory)
    state.wishes = {target.name: Wishes(settled(read_inventory(target), target.where), flags) for target in targets}
    if not args.check:
        someone_answers(yes=args.yes)  # now, not after the facts
    state.access = access_from(args)
    state.targets = {target.name: target for target in targets}


def gather_facts(state: State) -> None:
    """What each host is."""
    for host, found in collect(tuple(state.targets.values()), state.access).items():
        if isinstance(found, RigprovError):
            state.drop(host, found)
        else:
            state.facts[host] = host_facts(found)
    state.stop_if_empty()


def plan(state: State) -> None:
    """Plan each host, show the plans, and take out hosts whose plan cannot be carried out."""
    assert state.tier is not None  # noqa: S101 - read_input ran
    for host, target in list(state.targets.items()):
        consent = Consent(
            remove_conflicts=state.args.remove_conflicts,
            sudo_password=become_password(target, state.access) is not None,
        )
        made = build_plan(state.facts[host], state.tier, state.wishes[host], consent)
        state.plans[host] = made
        print(f"{plan_text(made)}", file=sys.stderr, flush=True)
        if state.ending.blocked(made):
            state.targets.pop(host)
            if not state.args.check and not state.args.no_verify:
                state.proofs[host] = unmeasured(made, state.facts[host])
    state.stop_if_empty()


def ask(state: State) -> None:
    """The one question."""
    if state.args.check:
        return
    hosts = ", ".join(state.targets)
    if not confirmed(f"Carry this out on {hosts}?", yes=state.args.yes):
        state.ending.note("not-confirmed", "nothing was changed, since you did not agree", Exit.INTERRUPTED)
        state.stopped = True


def prepare(state: State) -> None:
    """What Ansible itself needs on a bare host."""
    with _progress(state) as progress:
        done = bootstrap(tuple(state.targets.values()), state.facts, state.access, check=state.args.check, say=progress.say)
    for host, result in done.items():
        if isinstance(result, RigprovError):
            state.drop(host, result)
            continue
        state.notes[host] = f"would first: {result}" if state.args.check else result
        if state.args.check and state.facts[host].python is None:
            state.notes[host] += "; the roles cannot be simulated until Python is there"
            state.targets.pop(host)
    state.stop_if_empty()


def carry_out(state: State) -> None:
    """Ansible."""
    with _progress(state) as progress:
        state.summary = converge(
            SITE,
            {host: role_variables(state.plans[host]) for host in state.targets},
            targets=state.targets,
            facts=state.facts,
            access=state.access,
            on_event=progress.take,
            check=state.args.check,
            forks=state.args.forks,
        )
    for run in state.summary.hosts:
        if state.ending.ran(run):
            state.targets.pop(run.host)
    state.stop_if_empty()


def prove(state: State) -> None:
    """Measure the speed."""
    if state.args.check or state.args.no_verify or state.ending.interrupted:
        return
    plans = {host: state.plans[host] for host in state.targets}
    say: Callable[[str], None] = lambda line: print(line, file=sys.stderr, flush=True)  # noqa: E731
    targets = tuple(state.targets.values())
    found = verify(plans, targets, state.access, say=say)
    runs = state.summary.hosts if state.summary else ()
    facts = facts_after(state.facts, runs, targets, state.access)
    found = kept(found, command="apply", facts=facts, plans=plans, targets=targets, access=state.access, runs=runs)
    for host, proof in found.items():
        if isinstance(proof, RigprovError):
            state.ending.error(host, proof)
        else:
            state.proofs[host] = proof
            state.ending.proved(proof)


STEPS = (read_input, gather_facts, plan, ask, prepare, carry_out, prove)


def conclude(state: State) -> Outcome:
    """The report."""
    return Outcome(
        "apply",
        data=applied_data(state.plans, state.notes, state.summary, state.proofs, check=state.args.check),
        text=applied_text(state.notes, state.summary, state.proofs, check=state.args.check),
        problems=state.ending.problems,
        exit=state.ending.exit,
    )


def _progress(state: State) -> Progress:
    roles = {host: state.plans[host].roles for host in state.targets}
    return open_progress(roles, expectations(state.targets))

"""The steps of `rigprov apply`. Each does one thing to the hosts that are still in, and takes out those that cannot go on."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from rigprov.apply.carried import settled
from rigprov.commands.apply_state import State
from rigprov.commands.options import chosen_tier
from rigprov.commands.reach import access_from, someone_answers
from rigprov.errors import RigprovError
from rigprov.facts.inventory import resolve
from rigprov.model.target import Target
from rigprov.plan.consent import named_disks
from rigprov.plan.wishes import Wishes, read_flags, read_inventory

if TYPE_CHECKING:
    from rigprov.apply.progress import Progress
    from rigprov.model.run import RunSummary

# What one step alone needs is imported there: a run that changes nothing starts no Ansible, and the rest comes while hosts are
# asked.


def read_input(state: State) -> None:
    """Everything the user wrote is checked before any host is touched."""
    args = state.args
    state.tier = chosen_tier(args)
    named_disks(args.format)
    flags = settled(read_flags(args.settings), "--set")
    targets = resolve(args.hosts, args.inventory)
    state.wishes = {target.name: Wishes(settled(read_inventory(target), target.where), flags) for target in targets}
    if not (args.check or args.detect):
        someone_answers(yes=args.yes)  # now, not after the facts
    state.access = access_from(args)
    state.targets = {target.name: target for target in targets}
    state.named = tuple(state.targets)


def plan(state: State) -> None:
    """See `agreeing`."""
    from rigprov.commands.agreeing import plan as make

    make(state)


def ask(state: State) -> None:
    """See `agreeing`."""
    from rigprov.commands.agreeing import ask as question

    question(state)


def prepare(state: State) -> None:
    """What Ansible itself needs on a bare host. A host on which no role has to run needs nothing."""
    targets = tuple(target for host, target in state.targets.items() if state.running(host))
    if not targets:
        return
    from rigprov.apply.bootstrap import bootstrap

    with _progress(state) as progress:
        done = bootstrap(targets, state.facts, state.access, check=state.args.check, say=progress.say)
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
    """Ansible, for the hosts on which a role has to run. On the others nothing has changed."""
    from rigprov.model.run import HostRun, RunSummary

    targets = {host: target for host, target in state.targets.items() if state.running(host)}
    quiet = tuple(HostRun(host, "ok", 0, 0, (), ()) for host in state.targets if host not in targets)
    state.summary = replace(ran, hosts=ran.hosts + quiet) if (ran := _ran(state, targets)) else RunSummary(quiet, 0.0, "")
    for run in state.summary.hosts:
        if state.ending.ran(run):
            state.targets.pop(run.host)
    if not state.args.check:
        from rigprov.commands.asking import remember

        remember(state)
    state.stop_if_empty()


def _ran(state: State, targets: Mapping[str, Target]) -> "RunSummary | None":
    if not targets:
        return None
    from rigprov.apply.runner import SITE
    from rigprov.commands.converge import converge

    with _progress(state) as progress:
        return converge(
            SITE,
            {host: _variables(state, host) for host in targets},
            targets=targets,
            facts=state.facts,
            access=state.access,
            on_event=progress.take,
            check=state.args.check,
            forks=state.args.forks,
        )


def _variables(state: State, host: str) -> dict[str, object]:
    from rigprov.apply.inventory import role_variables
    from rigprov.ledger.stamp import stamps

    made, running = state.plans[host], state.running(host)
    held = tuple(role for role in made.roles if role not in running)
    return role_variables(made, left_out=held, rigprov_ledger=stamps(made))


def prove(state: State) -> None:
    """Measure the speed, but where a kept proof of it still stands."""
    if state.args.check or state.args.no_verify or state.ending.interrupted:
        return
    from rigprov.commands.standing import standing

    state.proofs |= {host: proof for host in state.targets if (proof := standing(state, host))}
    targets = tuple(target for host, target in state.targets.items() if host not in state.proofs)
    if targets:
        _measure(state, targets)


def _measure(state: State, targets: tuple[Target, ...]) -> None:
    from rigprov.commands.keeping import facts_after, kept
    from rigprov.verify.run import verify

    plans = {target.name: state.plans[target.name] for target in targets}
    say: Callable[[str], None] = lambda line: print(line, file=sys.stderr, flush=True)  # noqa: E731
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


WORK = (prepare, carry_out, prove)  # what changes hosts; a rolling run does it batch by batch


def _progress(state: State) -> "Progress":
    from rigprov.commands.converge import expectations

    roles = {host: state.running(host) for host in state.targets if state.running(host)}
    from rigprov.apply.progress import open_progress

    return open_progress(roles, expectations(state.targets))

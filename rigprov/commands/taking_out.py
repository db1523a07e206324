"""The steps of `rigprov rollback`."""

import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence

from rigprov.apply.inventory import role_variables
from rigprov.apply.progress import open_progress
from rigprov.apply.runner import FORKS, ROLLBACK
from rigprov.commands.converge import converge
from rigprov.commands.ending import Ending
from rigprov.commands.options import chosen_tier
from rigprov.commands.reach import access_from, confirmed, someone_answers
from rigprov.errors import Exit, RigprovError
from rigprov.facts.build import host_facts
from rigprov.facts.collect import collect
from rigprov.facts.connection import Access
from rigprov.facts.inventory import resolve
from rigprov.model.host import HostFacts
from rigprov.model.outcome import Outcome
from rigprov.model.plan import Plan
from rigprov.model.run import RunSummary
from rigprov.model.target import Target
from rigprov.plan.build import build_plan
from rigprov.plan.wishes import Wishes, read_flags, read_inventory
from rigprov.report.json import plain
from rigprov.report.run import run_text


def take_out(args: Namespace, hosts: Sequence[str], roles: Sequence[str]) -> Outcome:
    """Plan for the values that the roles were applied with, ask, and run the rollback of `roles` (none: all that would run)."""
    tier = chosen_tier(args)
    flags = read_flags(args.settings)
    targets = {target.name: target for target in resolve(hosts, args.inventory)}
    wishes = {host: Wishes(read_inventory(target), flags) for host, target in targets.items()}
    someone_answers(yes=args.yes)
    access, ending = access_from(args), Ending()
    facts = _facts(targets, access, ending)
    plans = {host: build_plan(found, tier, wishes[host]) for host, found in facts.items()}
    chosen = {host: list(roles or made.roles) for host, made in plans.items()}
    reachable = {host: targets[host] for host in facts}
    summary = None
    if reachable and _agreed(chosen, ending, yes=args.yes):
        summary = _run(reachable, facts, plans, chosen, access)
        for ran in summary.hosts:
            ending.ran(ran)
    return Outcome(
        "rollback",
        data={"roles": plain(chosen), "run": plain(summary)},
        text=run_text(summary) if summary else "",
        problems=ending.problems,
        exit=ending.exit,
    )


def _facts(targets: Mapping[str, Target], access: Access, ending: Ending) -> dict[str, HostFacts]:
    facts = {}
    for host, found in collect(tuple(targets.values()), access).items():
        if isinstance(found, RigprovError):
            ending.error(host, found)
        else:
            facts[host] = host_facts(found)
    return facts


def _agreed(chosen: Mapping[str, Sequence[str]], ending: Ending, *, yes: bool) -> bool:
    for host, roles in chosen.items():
        print(
            f"{host}: takes out {', '.join(reversed(roles))}; data stays (models, images, volumes)", file=sys.stderr, flush=True
        )
    if confirmed("Take this out?", yes=yes):
        return True
    ending.note("not-confirmed", "nothing was changed, since you did not agree", Exit.INTERRUPTED)
    return False


def _run(
    targets: Mapping[str, Target],
    facts: Mapping[str, HostFacts],
    plans: Mapping[str, Plan],
    chosen: Mapping[str, list[str]],
    access: Access,
) -> RunSummary:
    variables = {host: role_variables(plans[host], rigprov_rollback_roles=roles) for host, roles in chosen.items()}
    reversed_roles = {host: tuple(reversed(roles)) for host, roles in chosen.items()}
    with open_progress(reversed_roles, {}) as progress:
        return converge(
            ROLLBACK,
            variables,
            targets=targets,
            facts=facts,
            access=access,
            on_event=progress.take,
            check=False,
            forks=FORKS,
            keep_times=False,
        )

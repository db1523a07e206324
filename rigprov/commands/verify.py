"""`rigprov verify`: a model is loaded on each host and its decode speed measured."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from typing import TYPE_CHECKING

from rigprov.commands import options
from rigprov.errors import RigprovError
from rigprov.model.outcome import Outcome
from rigprov.model.proof import Proof

if TYPE_CHECKING:
    from rigprov.model.host import HostFacts
    from rigprov.model.plan import Plan


def add_arguments(parser: ArgumentParser) -> None:
    """Hosts, tier, values."""
    options.add_hosts(parser)
    options.add_tier(parser)
    options.add_json(parser)


def run(args: Namespace) -> Outcome:
    """Facts and plan of each host (they say which model and which floor), then the measurement."""
    from rigprov.commands.keeping import kept  # these imports are slow, `--help` must not pay
    from rigprov.commands.reach import access_from
    from rigprov.facts.build import host_facts
    from rigprov.facts.collect import collect
    from rigprov.facts.inventory import resolve
    from rigprov.plan.build import build_plan
    from rigprov.plan.wishes import Wishes, read_flags, read_inventory
    from rigprov.verify.run import verify

    # Everything that the user wrote is checked before a host is touched.
    tier, flags = options.chosen_tier(args), read_flags(args.settings)
    targets = resolve(args.hosts, args.inventory)
    wishes = {target.name: Wishes(read_inventory(target), flags) for target in targets}
    access = access_from(args)
    found: dict[str, Proof | RigprovError] = {}
    plans: dict[str, Plan] = {}
    facts: dict[str, HostFacts] = {}
    for host, recording in collect(targets, access).items():
        if isinstance(recording, RigprovError):
            found[host] = recording
        else:
            facts[host] = host_facts(recording)
            plans[host] = build_plan(facts[host], tier, wishes[host])
    found |= verify(plans, targets, access, say=lambda line: print(line, file=sys.stderr, flush=True))
    found = kept(found, command="verify", facts=facts, plans=plans, targets=targets, access=access)
    return outcome({target.name: found[target.name] for target in targets})


def outcome(found: Mapping[str, Proof | RigprovError]) -> Outcome:
    """Text, data and exit code for what came of each host, in the hosts' order."""
    from rigprov.commands.ending import Ending
    from rigprov.report.json import plain
    from rigprov.report.proof import proofs_text

    ending = Ending()
    proofs = []
    for host, one in found.items():
        if isinstance(one, RigprovError):
            ending.error(host, one)
        else:
            proofs.append(one)
            ending.proved(one)
    data = {"hosts": {proof.host: plain(proof) for proof in proofs}}
    return Outcome("verify", data=data, text=proofs_text(proofs), problems=ending.problems, exit=ending.exit)

"""`rigprov verify`: a model is loaded on each host and its decode speed measured."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping

from rigprov.commands import options
from rigprov.errors import RigprovError
from rigprov.model.outcome import Outcome
from rigprov.model.proof import Proof


def add_arguments(parser: ArgumentParser) -> None:
    """Hosts, tier, values; what is measured and how long."""
    from rigprov.commands import measuring

    options.add_hosts(parser)
    options.add_tier(parser, required=False)
    measuring.add_arguments(parser)
    options.add_json(parser)


def run(args: Namespace) -> Outcome:
    """Facts and plan of each host (they say which model and which floor), then the measurement, which is kept."""
    from rigprov.commands import measuring
    from rigprov.commands.keeping import kept  # these imports are slow, `--help` must not pay
    from rigprov.commands.reach import access_from
    from rigprov.facts.collect import collect
    from rigprov.facts.inventory import resolve
    from rigprov.plan.wishes import Wishes, read_flags, read_inventory
    from rigprov.verify.run import verify
    from rigprov.verify.servers import verify_servers
    from rigprov.verify.unmeasured import no_gpu, unmeasured

    # Everything that the user wrote is checked before a host is touched.
    asked, server = measuring.asked(args), measuring.server(args)
    tier = options.chosen_tier(args) if args.tier is not None else None
    flags = read_flags(args.settings)
    targets = resolve(args.hosts, args.inventory)
    wishes = {target.name: Wishes(read_inventory(target), flags) for target in targets}
    access = access_from(args)
    facts, found = measuring.facts(collect(targets, access))
    plans = measuring.plans(facts, tier, wishes)
    if server is None:
        found |= {host: unmeasured(plan, facts[host]) for host, plan in plans.items() if no_gpu(plan, facts[host])}
        possible = {host: plan for host, plan in plans.items() if host not in found}
        found |= verify(possible, targets, access, say=_say, asked=asked)
    else:
        floors = measuring.floors(plans) if args.floor is None else dict.fromkeys(facts, args.floor)
        reached = [target for target in targets if target.name in facts]
        found |= verify_servers(server, floors, reached, access, say=_say, asked=asked)
    found = kept(found, command="verify", facts=facts, plans=plans, targets=targets, access=access)
    return outcome({target.name: found[target.name] for target in targets})


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


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

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
    """Facts and plan of each host (they say which model and which floor), then the measurement."""
    from rigprov.commands import measuring
    from rigprov.commands.reach import access_from  # these imports are slow, `--help` must not pay
    from rigprov.facts.collect import collect
    from rigprov.facts.inventory import resolve
    from rigprov.plan.wishes import Wishes, read_flags, read_inventory
    from rigprov.verify.run import verify
    from rigprov.verify.servers import verify_servers

    # Everything that the user wrote is checked before a host is touched.
    asked, server = measuring.asked(args), measuring.server(args)
    tier = options.chosen_tier(args) if args.tier else None
    flags = read_flags(args.settings)
    targets = resolve(args.hosts, args.inventory)
    wishes = {target.name: Wishes(read_inventory(target), flags) for target in targets}
    access = access_from(args)
    found: dict[str, Proof | RigprovError] = {}
    if tier is None or args.floor is not None:
        floors = dict.fromkeys(wishes, args.floor or 0.0)
        found = verify_servers(measuring.needed(server), floors, targets, access, say=_say, asked=asked)
        return outcome(found)
    plans, failed = measuring.plans(collect(targets, access), tier, wishes)
    found |= failed
    if server is None:
        found |= verify(plans, targets, access, say=_say, asked=asked)
    else:
        reached = [target for target in targets if target.name in plans]
        found |= verify_servers(server, measuring.floors(plans), reached, access, say=_say, asked=asked)
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

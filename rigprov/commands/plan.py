"""`rigprov plan`: what would happen to hosts, and why. Touches nothing."""

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rigprov.commands.options import add_format, add_hosts, add_json, add_tier, chosen_tier
from rigprov.errors import Exit, RigprovError, UsageError
from rigprov.model.outcome import Outcome, Problem
from rigprov.plan.consent import REMOVE_CONFLICTS, Consent, named_disks

if TYPE_CHECKING:
    from rigprov.model.host import HostFacts
    from rigprov.model.plan import Plan
    from rigprov.plan.wishes import Wishes


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of `plan`."""
    add_hosts(parser, required=False)
    add_tier(parser)
    add_recordings(parser)
    parser.add_argument(
        REMOVE_CONFLICTS, action="store_true", help="agree to the removal of packages that conflict with a role's"
    )
    add_format(parser)
    parser.add_argument("--explain", action="store_true", help="show also the values that are a role's own defaults")
    add_json(parser)


def add_recordings(parser: ArgumentParser) -> None:
    """`--from DIR`: work from what a host once said of itself."""
    help_text = "use a recording made by `rigprov facts --record` instead of a host (repeatable)"
    parser.add_argument("--from", dest="recordings", metavar="DIR", type=Path, action="append", default=[], help=help_text)


def run(args: Namespace) -> Outcome:
    """Plan every host that was named."""
    from rigprov.plan.build import build_plan
    from rigprov.plan.wishes import Wishes, read_flags
    from rigprov.report.json import plain
    from rigprov.report.plan import plan_text, without_secrets

    tier = chosen_tier(args)
    flags = read_flags(args.settings)
    # A host is known as one whose sudo asks for a password only where one was given: with -K, by the inventory, or when the
    # recording was made. `apply` asks again.
    consent = Consent(format=named_disks(args.format), remove_conflicts=args.remove_conflicts, sudo_password=True)
    facts, wishes = facts_of(args, flags)
    plans: dict[str, Plan] = {
        host: build_plan(found, tier, wishes.get(host, Wishes(flags=flags)), consent)
        for host, found in facts.items()
        if not isinstance(found, RigprovError)
    }
    return Outcome(
        command="plan",
        data={"tier": tier.name, "hosts": {host: plain(without_secrets(plan)) for host, plan in plans.items()}},
        text="\n".join(plan_text(plan, explain=args.explain) for plan in plans.values()),
        problems=problems_of(facts),
        exit=_exit(plans, facts),
    )


def facts_of(args: Namespace, flags: Mapping[str, object]) -> "tuple[dict[str, HostFacts | RigprovError], dict[str, Wishes]]":
    """Facts of every host, from recordings or from the hosts themselves, and what the user wants for each.

    Everything the user wrote is checked before a host is touched.
    """
    if args.recordings:
        if args.hosts or args.inventory:
            raise UsageError("--from stands in the place of hosts and inventories", hint="leave one of them out")
        return _recorded(args.recordings), {}
    if not args.hosts:
        raise UsageError("no host is named", hint="name a host, or a recording with --from DIR")
    from rigprov.commands.reach import access_from
    from rigprov.facts.build import host_facts
    from rigprov.facts.collect import collect
    from rigprov.facts.inventory import resolve
    from rigprov.plan.wishes import Wishes, read_inventory

    targets = resolve(args.hosts, args.inventory)
    wishes = {target.name: Wishes(inventory=read_inventory(target), flags=flags) for target in targets}
    found = collect(targets, access_from(args))
    return {
        name: recording if isinstance(recording, RigprovError) else host_facts(recording) for name, recording in found.items()
    }, wishes


def _recorded(directories: Sequence[Path]) -> "dict[str, HostFacts | RigprovError]":
    from rigprov.facts.build import host_facts
    from rigprov.facts.recording import read_all

    found: dict[str, HostFacts | RigprovError] = {}
    for recording in (one for directory in directories for one in read_all(directory)):
        if recording.host in found:
            raise UsageError(f"host `{recording.host}` is in two of the recordings", hint="give one of them")
        found[recording.host] = host_facts(recording)
    return found


def problems_of(facts: "Mapping[str, HostFacts | RigprovError]") -> tuple[Problem, ...]:
    """One problem for each host that gave no facts."""
    return tuple(
        Problem(code=type(found).__name__, message=str(found), hint=found.hint or "", host=host)
        for host, found in facts.items()
        if isinstance(found, RigprovError)
    )


def _exit(plans: "Mapping[str, Plan]", facts: "Mapping[str, HostFacts | RigprovError]") -> Exit:
    if any(plan.blockers for plan in plans.values()):
        return Exit.BLOCKED
    return max((found.exit for found in facts.values() if isinstance(found, RigprovError)), default=Exit.OK)

"""`rigprov check`: whether a machine still is what was promised, asked of the machine itself."""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rigprov.commands import options
from rigprov.errors import Exit, RigprovError, UsageError
from rigprov.model.compliance import SEVERITIES, HostCompliance
from rigprov.model.host import HostFacts
from rigprov.model.outcome import Outcome, Problem
from rigprov.model.paths import expanded
from rigprov.model.plan import Plan
from rigprov.model.target import Target

if TYPE_CHECKING:
    from rigprov.compliance.run import Job
    from rigprov.compliance.waivers import Waiver


def add_arguments(parser: ArgumentParser) -> None:
    """Hosts, tier, selection, waivers, JUnit."""
    options.add_hosts(parser)
    options.add_tier(parser, required=False)
    parser.add_argument("--id", metavar="RIG-...", dest="ids", action="append", default=[], help="only this control (repeatable)")
    parser.add_argument("--role", metavar="ROLE", dest="roles", action="append", default=[], help="only controls of this role")
    parser.add_argument("--severity", metavar="LEAST", help=f"only from this severity on: {', '.join(SEVERITIES)}")
    parser.add_argument("--waivers", metavar="FILE", type=Path, help="YAML list of exceptions: id, host, reason, until")
    parser.add_argument("--junit", metavar="FILE", type=Path, help="write JUnit XML there, one suite a host")
    options.add_json(parser)


def run(args: Namespace) -> Outcome:
    """Facts of each host (they say how to become root, and with a tier what is promised), then the suite."""
    from rigprov.commands import measuring
    from rigprov.commands.keeping import kept_checks
    from rigprov.commands.reach import access_from
    from rigprov.compliance.choose import choose
    from rigprov.compliance.registry import controls
    from rigprov.compliance.run import check
    from rigprov.facts.collect import collect
    from rigprov.facts.inventory import resolve
    from rigprov.plan.wishes import Wishes, read_flags, read_inventory

    # Everything that the user wrote is checked before a host is touched.
    chosen = choose(controls(), ids=args.ids, roles=args.roles, severity=args.severity)
    waivers = _waivers(args.waivers)
    _check_junit(args.junit)
    if args.tier is None and (args.model or args.settings):
        raise UsageError("`--model` and `--set` go with `--tier`", hint="without a tier nothing is promised of the host")
    tier = options.chosen_tier(args) if args.tier is not None else None
    flags = read_flags(args.settings)
    targets = resolve(args.hosts, args.inventory)
    wishes = {target.name: Wishes(read_inventory(target), flags) for target in targets}
    access = access_from(args)
    facts, failed = measuring.facts(collect(targets, access))
    plans = measuring.plans(facts, tier, wishes)
    jobs = _jobs(targets, facts, plans)
    found: dict[str, HostCompliance | RigprovError] = {
        **{host: error for host, error in failed.items() if isinstance(error, RigprovError)},
        **_waived(check(jobs, chosen, access, _say), waivers),
    }
    ordered = {target.name: found[target.name] for target in targets}
    if len(chosen) == len(controls()):  # of a selection nothing follows for the machine
        kept_checks(ordered, tier.name if tier else "", plans=plans, targets=targets, access=access)
    return _written(args.junit, ordered, outcome(ordered))


def _jobs(targets: Iterable[Target], facts: Mapping[str, HostFacts], plans: Mapping[str, Plan]) -> "list[Job]":
    """What is asked of each host that answered."""
    from rigprov.compliance.promises import Promises, from_plan
    from rigprov.compliance.run import Job

    promised = {host: from_plan(plan) for host, plan in plans.items()}
    return [
        Job(target, facts[target.name].privilege.how, promised.get(target.name, Promises()))
        for target in targets
        if target.name in facts
    ]


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _waivers(path: Path | None) -> "tuple[Waiver, ...]":
    from rigprov.compliance.registry import controls
    from rigprov.compliance.waivers import read

    return () if path is None else read(path, [known.id for known in controls()])


def _waived(
    found: Mapping[str, HostCompliance | RigprovError], waivers: "tuple[Waiver, ...]"
) -> dict[str, HostCompliance | RigprovError]:
    from datetime import UTC, datetime

    from rigprov.compliance.waivers import apply

    today = datetime.now(UTC).date()
    return {host: apply(one, waivers, today) if isinstance(one, HostCompliance) else one for host, one in found.items()}


def _check_junit(path: Path | None) -> None:
    """Whether the file can be written, before anybody waits for it.

    Raises:
        UsageError: it cannot.
    """
    if path is None:
        return
    whole = expanded(path).absolute()
    try:
        why = "it is a directory" if whole.is_dir() else "" if whole.parent.is_dir() else f"there is no directory {whole.parent}"
        if not why and not os.access(whole if whole.exists() else whole.parent, os.W_OK):
            why = "you may not write there"
    except OSError as error:
        why = str(error.strerror)
    if why:
        raise UsageError(f"`{path}` cannot be written: {why}", hint="give another file with `--junit`")


def _written(path: Path | None, found: Mapping[str, HostCompliance | RigprovError], ended: Outcome) -> Outcome:
    """The outcome; what was found is told also where the file cannot be written after all."""
    from datetime import UTC, datetime

    from rigprov.report.junit import junit

    if path is None:
        return ended
    try:
        expanded(path).write_text(junit(found, datetime.now(UTC)), encoding="utf-8")
    except OSError as error:
        problem = Problem("UsageError", f"`{path}` cannot be written: {error.strerror}", "give another file with `--junit`")
        return replace(ended, problems=(*ended.problems, problem), exit=Exit.USAGE)
    return ended


def outcome(found: Mapping[str, HostCompliance | RigprovError]) -> Outcome:
    """Text, data and exit code for what came of each host, in the hosts' order."""
    from rigprov.commands.ending import Ending
    from rigprov.report.compliance import compliance_text, counts
    from rigprov.report.json import plain

    ending = Ending()
    checked = []
    for host, one in found.items():
        if isinstance(one, RigprovError):
            ending.error(host, one)
            continue
        checked.append(one)
        if not one.compliant:
            first = next(iter(one.of("fail", "error")), None)
            what = f"; the gravest is {first.control.id}, {first.control.title}" if first else ", and none of them applies here"
            message = f"not compliant: {counts(one)}{what}"
            ending.note("not-compliant", message, Exit.BELOW_FLOOR, hint=first.control.fix if first else "", host=host)
    data = {"hosts": {one.host: {"compliant": one.compliant, **_document(plain(one))} for one in checked}}
    return Outcome("check", data, "\n".join(map(compliance_text, checked)), ending.problems, ending.exit)


def _document(content: object) -> dict[str, object]:
    return content if isinstance(content, dict) else {}

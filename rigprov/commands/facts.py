"""`rigprov facts`: what a host is, and the raw evidence of it."""

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rigprov.commands.options import add_hosts, add_json
from rigprov.errors import Exit, RigprovError, UsageError
from rigprov.model.host import HostFacts
from rigprov.model.outcome import Outcome, Problem

if TYPE_CHECKING:
    from rigprov.facts.recording import Recording


def add_arguments(parser: ArgumentParser) -> None:
    """Hosts, or a recording in their place."""
    add_hosts(parser, required=False)
    parser.add_argument("--record", metavar="DIR", type=Path, help="keep the output of every command there, secrets removed")
    parser.add_argument("--from", metavar="DIR", type=Path, dest="recording", help="read a recording instead of asking a host")
    add_json(parser)


def run(args: Namespace) -> Outcome:
    """Print the facts of every host that answered; name those that did not.

    Raises:
        UsageError: hosts and recording contradict, or a recording cannot be read or written.
    """
    from rigprov.facts.build import host_facts
    from rigprov.facts.recording import read_all, write

    if args.recording is not None:
        if args.hosts or args.record:
            raise UsageError("`--from` stands in the place of hosts and of `--record`", hint="leave one out")
        return _outcome({recording.host: host_facts(recording) for recording in read_all(args.recording)})
    found = _ask(args)
    facts: dict[str, HostFacts | RigprovError] = {}
    for name, recording in found.items():
        if isinstance(recording, RigprovError):
            facts[name] = recording
            continue
        if args.record is not None:
            write(recording, args.record if len(found) == 1 else args.record / name.replace("/", "_"))
        try:
            facts[name] = host_facts(recording)
        except RigprovError as error:  # one host of several; the others are told all the same
            facts[name] = error
    return _outcome(facts)


def _ask(args: Namespace) -> "Mapping[str, Recording | RigprovError]":
    from rigprov.commands.reach import access_from
    from rigprov.facts.collect import collect
    from rigprov.facts.inventory import resolve
    from rigprov.facts.recording import check_folder

    targets = resolve(args.hosts, args.inventory)
    if args.record is not None:
        check_folder(args.record)  # before anybody is asked for a password or a host for its facts
    return collect(targets, access_from(args))


def _outcome(facts: Mapping[str, HostFacts | RigprovError]) -> Outcome:
    from rigprov.report.facts import text
    from rigprov.report.json import plain

    good = [value for value in facts.values() if isinstance(value, HostFacts)]
    bad = {name: error for name, error in facts.items() if isinstance(error, RigprovError)}
    return Outcome(
        command="facts",
        data={"hosts": [plain(value) for value in good]},
        text="\n".join(text(value) for value in good),
        problems=tuple(Problem(type(error).__name__, str(error), error.hint or "", name) for name, error in bad.items()),
        exit=max((error.exit for error in bad.values()), default=Exit.OK),  # unreachable outranks what a host told badly
    )

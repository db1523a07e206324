"""`rigprov doctor`: the first broken layer between the PCI bus and a served model, with evidence and fix."""

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rigprov.commands.options import add_hosts, add_json
from rigprov.errors import Exit, RigprovError, UsageError
from rigprov.model.diagnosis import Diagnosis
from rigprov.model.outcome import Outcome

if TYPE_CHECKING:
    from rigprov.facts.recording import Recording
    from rigprov.model.record import Record

_ON_RECORD = "record again with `rigprov doctor HOST --record DIR`"


def add_arguments(parser: ArgumentParser) -> None:
    """Hosts, or a recording in their place."""
    add_hosts(parser, required=False)
    parser.add_argument("--record", metavar="DIR", type=Path, help="keep the output of every command there, secrets removed")
    parser.add_argument("--from", metavar="DIR", type=Path, dest="recording", help="judge a recording instead of asking a host")
    add_json(parser)


def run(args: Namespace) -> Outcome:
    """Judge every host that answered; name those that did not.

    Raises:
        UsageError: hosts and recording contradict, or a recording cannot be read or written.
    """
    from rigprov.commands.diagnosing import judged
    from rigprov.facts.recording import read_all, write

    if args.recording is not None:
        if args.hosts or args.record:
            raise UsageError("`--from` stands in the place of hosts and of `--record`", hint="leave one out")
        # A recording tells nothing of the proofs kept here: its host may be another of the same name.
        return outcome({one.host: judged(_ours(one), None) for one in read_all(args.recording)})
    found = _ask(args)
    diagnoses: dict[str, Diagnosis | RigprovError] = {}
    for name, recording in found.items():
        if isinstance(recording, RigprovError):
            diagnoses[name] = recording
            continue
        if args.record is not None:
            write(recording, args.record if len(found) == 1 else args.record / name.replace("/", "_"))
        diagnoses[name] = judged(recording, _last_proof(name))
    return outcome(diagnoses)


def _ours(recording: "Recording") -> "Recording":
    from rigprov.commands.diagnosing import is_doctor_s

    if not is_doctor_s(recording):
        raise UsageError(f"`{recording.folder}` is a recording of facts, which tells too little here", hint=_ON_RECORD)
    return recording


def _ask(args: Namespace) -> "Mapping[str, Recording | RigprovError]":
    from rigprov.commands.reach import access_from
    from rigprov.doctor.probe import ask
    from rigprov.facts.inventory import resolve
    from rigprov.facts.recording import check_folder

    targets = resolve(args.hosts, args.inventory)
    if args.record is not None:
        check_folder(args.record)  # before anybody is asked for a password
    return ask(targets, access_from(args))


def _last_proof(host: str) -> "Record | None":
    import os

    from rigprov.commands.keeping import warn
    from rigprov.history.folder import proofs_folder
    from rigprov.history.store import last

    return last(proofs_folder(os.environ), host, lambda record: record.proof.verdict != "not measured", warn)


def outcome(found: Mapping[str, Diagnosis | RigprovError]) -> Outcome:
    """Text, data and exit code for what came of each host."""
    from rigprov.commands.ending import Ending
    from rigprov.report.diagnosis import diagnosis_text, title
    from rigprov.report.json import plain

    ending = Ending()
    diagnoses = [one for one in found.values() if isinstance(one, Diagnosis)]
    for host, one in found.items():
        if isinstance(one, RigprovError):
            ending.error(host, one)
            continue
        if (layer := one.broken) is not None:
            cause = layer.findings[0]
            ending.note(cause.code, f"{title(layer.name)}: {cause.what}", Exit.BELOW_FLOOR, hint=cause.fix, host=host)
        elif one.unknown:
            first = one.unknown[0]
            ending.note("not-known", f"{title(first.name)}: {first.said}", Exit.BELOW_FLOOR, hint=first.way, host=host)
    data = {"hosts": {one.host: _document(one, plain(one)) for one in diagnoses}}
    return Outcome("doctor", data, "\n".join(map(diagnosis_text, diagnoses)), ending.problems, ending.exit)


def _document(found: Diagnosis, content: object) -> dict[str, object]:
    first = found.broken
    return {"first_broken": first.name if first else None, **(content if isinstance(content, dict) else {})}

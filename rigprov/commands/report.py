"""`rigprov report`: the kept proofs of hosts as one HTML file. Touches no host."""

import difflib
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rigprov.commands.options import add_json
from rigprov.errors import UsageError
from rigprov.model.outcome import Outcome
from rigprov.model.paths import expanded
from rigprov.model.record import Record

ALL = "all"
STDOUT = "-"


def add_arguments(parser: ArgumentParser) -> None:
    """Hosts and the file."""
    parser.add_argument("hosts", metavar="HOST", nargs="+", help=f"host as it was named when it was measured; `{ALL}`: every one")
    parser.add_argument(
        "--out",
        metavar="FILE",
        help="file to write (`-`: standard output); default: rigprov-report-HOST.html in the working directory, "
        "rigprov-report.html for several hosts. A file that is no report is never overwritten",
    )
    parser.epilog = "with `--json` a file is written only where `--out` names one"
    add_json(parser)


def run(args: Namespace) -> Outcome:
    """Read what is kept, write the page, print where it is.

    Raises:
        UsageError: a host without a proof, or a file that cannot or must not be written.
    """
    from rigprov.commands.keeping import warn  # these imports are slow, `--help` must not pay
    from rigprov.history.checks import checks_folder, last_checks
    from rigprov.history.folder import proofs_folder
    from rigprov.history.store import read_all
    from rigprov.report.html.document import document
    from rigprov.report.html.file import check, default_name, write
    from rigprov.report.html.page import page
    from rigprov.report.html.summary import summary

    if args.out == STDOUT and args.json:
        raise UsageError("`--out -` and `--json` both want standard output", hint="leave one out")
    folder = proofs_folder(os.environ)
    chosen = choose(args.hosts, read_all(folder, warn), folder)
    content = document(chosen, datetime.now(UTC), checks=last_checks(checks_folder(os.environ), chosen, warn))
    if args.out == STDOUT:
        return Outcome("report", text=page(content))
    path = expanded(args.out) if args.out is not None else None if args.json else default_name(list(chosen))
    text = summary(content)
    if path is not None:
        check(path)
        write(path, page(content))
        text += f"\nreport: {path}"
    return Outcome("report", data={**content, "file": str(path.resolve()) if path else None}, text=text)


def choose(words: Sequence[str], known: Mapping[str, Sequence[Record]], folder: Path) -> dict[str, Sequence[Record]]:
    """The hosts that were asked for, in that order; each once.

    Raises:
        UsageError: one has no proof.
    """
    how = "`rigprov verify --tier TIER HOST` measures one"
    if not known:
        raise UsageError(f"no proof is kept in {folder}", hint=how)
    hosts = list(known) if ALL in words else list(dict.fromkeys(words))
    for host in hosts:
        if host not in known:
            near = difflib.get_close_matches(host, known, n=1)
            hint = f"did you mean `{near[0]}`?" if near else how.replace("HOST", host)
            raise UsageError(f"no proof of `{host}` is kept in {folder}", hint=hint)
    return {host: known[host] for host in hosts}

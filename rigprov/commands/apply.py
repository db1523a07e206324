"""`rigprov apply`: plan, ask once, converge, prove, report."""

from argparse import ArgumentParser, Namespace

from rigprov.commands import options
from rigprov.errors import UsageError
from rigprov.model.outcome import Outcome


def add_arguments(parser: ArgumentParser) -> None:
    """Hosts, tier, and what the user agrees to."""
    options.add_hosts(parser)
    options.add_tier(parser)
    parser.add_argument("--yes", "-y", action="store_true", help="do not ask before changing anything")
    parser.add_argument("--check", action="store_true", help="predict the changes with Ansible's check mode; change nothing")
    parser.add_argument(
        "--full", action="store_true", help="run and measure all, also where the ledger says that nothing has changed"
    )
    parser.add_argument(
        "--detect", action="store_true", help="only say what is not as the last run left it (exit code 5 if anything)"
    )
    parser.add_argument("--no-verify", action="store_true", help="do not measure the speed afterwards")
    options.add_format(parser)
    parser.add_argument("--remove-conflicts", action="store_true", help="remove packages that conflict with a role's, as planned")
    parser.add_argument(
        "--reboot",
        choices=("yes", "no", "ask"),
        default="ask",
        help="may hosts be rebooted where their plan says so; no: stop right before the reboot (default: ask)",
    )
    parser.add_argument("--forks", metavar="N", type=_positive, default=10, help="hosts worked on at a time (default: 10)")
    parser.add_argument(
        "--serial",
        metavar="SIZE",
        help="roll: so many hosts at a time (2, 25%%, or a list like 1,5,20%%), the next ones once these have been proved",
    )
    parser.add_argument("--max-failures", metavar="N", type=_whole, help="a roll goes on while at most N hosts fail (default: 0)")
    parser.add_argument("--include-quarantined", action="store_true", help="roll over hosts too that failed in an earlier roll")
    parser.add_argument("--html", metavar="FILE", help="write all hosts' ends and proofs to this HTML file")
    options.add_json(parser)


def run(args: Namespace) -> Outcome:
    """Carry the steps out in order; the first that has nothing left to do ends the command."""
    from rigprov.commands.apply_state import State
    from rigprov.commands.rolling import STEPS  # their imports are slow, `--help` must not pay

    _check(args)
    state = State(args)
    for step in STEPS:
        step(state)
        if state.stopped:
            break
    from rigprov.commands.concluding import conclude

    return conclude(state)


def _check(args: Namespace) -> None:
    """Options that contradict one another, or say what they cannot mean."""
    if args.detect and (args.full or args.check):
        raise UsageError(
            f"`--detect` and `--{'full' if args.full else 'check'}` do not go together", hint="--detect runs no role"
        )
    if args.serial is not None:
        from rigprov.apply.batches import sizes

        sizes(args.serial)
    for name in ("max_failures", "include_quarantined"):
        if getattr(args, name) not in (None, False) and args.serial is None:
            raise UsageError(f"`--{name.replace('_', '-')}` goes with `--serial`", hint="only a roll stops, and leaves hosts out")
    if args.html is not None:
        from rigprov.model.paths import expanded
        from rigprov.report.html.file import check

        check(expanded(args.html), option="--html")


def _whole(text: str) -> int:
    value = int(text)
    if value < 0:
        raise ValueError(text)
    return value


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


_whole.__name__ = "whole number"
_positive.__name__ = "positive number"  # argparse names the type in its message

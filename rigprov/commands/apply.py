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
    options.add_json(parser)


def run(args: Namespace) -> Outcome:
    """Carry the steps out in order; the first that has nothing left to do ends the command."""
    from rigprov.commands.apply_state import State
    from rigprov.commands.applying import STEPS, conclude  # their imports are slow, `--help` must not pay

    if args.detect and (args.full or args.check):
        raise UsageError(
            f"`--detect` and `--{'full' if args.full else 'check'}` do not go together", hint="--detect runs no role"
        )
    state = State(args)
    for step in STEPS:
        step(state)
        if state.stopped:
            break
    return conclude(state)


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


_positive.__name__ = "positive number"  # argparse names the type in its message

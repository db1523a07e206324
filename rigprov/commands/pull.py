"""`rigprov pull`: converges the machine that it runs on, unattended."""

from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rigprov.commands.options import add_format, add_json, add_tier
from rigprov.errors import UsageError
from rigprov.model.outcome import Outcome

if TYPE_CHECKING:
    from rigprov.unattended.settings import Settings


def add_arguments(parser: ArgumentParser) -> None:
    """Settings of this machine, and its timer."""
    parser.add_argument("--settings", dest="file", metavar="FILE", type=Path, help="instead of /etc/rigprov/pull.yml")
    add_tier(parser, required=False)
    add_format(parser)
    parser.add_argument("--no-verify", action="store_true", help="do not measure the speed")
    parser.add_argument("--reboot", choices=("yes", "no"), help="may this machine reboot where its plan says so (default: no)")
    parser.add_argument("--quiet", "-q", action="store_true", help="say nothing where nothing changed and nothing is wrong")
    parser.add_argument("--install-timer", action="store_true", help="converge nothing now; do it on a timer (systemd)")
    parser.add_argument("--remove-timer", action="store_true", help="no longer do it on a timer")
    parser.add_argument("--every", metavar="TIME", help="time between two pulls of the timer: 30min, 1h, 1d (default: 1h)")
    parser.add_argument("--first", action="store_true", help="as a fresh machine does: leave the mark of a provisioned one")
    add_json(parser)


def run(args: Namespace) -> Outcome:
    """Converge, or set the timer up.

    Raises:
        UsageError: not root, settings that are missing or wrong, or options that do not go together.
    """
    import os

    from rigprov.commands import pulling, ticking
    from rigprov.unattended.units import span

    if os.geteuid():
        raise UsageError("`rigprov pull` changes this machine, and you are not root on it", hint="run it with sudo")
    if args.install_timer and args.remove_timer:
        raise UsageError("`--install-timer` and `--remove-timer` do not go together", hint="give one of them")
    if args.every is not None and not (args.install_timer or args.first):
        raise UsageError("`--every` belongs to the timer", hint="add --install-timer")
    if args.every is not None:
        span(args.every)  # not when all is done that comes before the timer
    if args.remove_timer:
        return ticking.remove()
    if args.install_timer:
        return ticking.install(settings_from(args), args.file, args.every)
    try:
        settings = settings_from(args)
    except UsageError as error:
        pulling.refused(error)
        raise
    return pulling.pull(settings, quiet=args.quiet, first=args.first, every=args.every)


def settings_from(args: Namespace) -> "Settings":
    """The file's settings; an option wins over its key.

    Raises:
        UsageError: there is neither a file nor `--tier`, or the file is wrong.
    """
    from rigprov.unattended.settings import FILE, Settings, read

    file = args.file or FILE
    found = read(file)
    if found is None and (args.file or not args.tier):
        raise UsageError(f"there is no {file}", hint="write it (one line is enough: `tier: starter`), or give --tier")
    given: dict[str, object] = {
        "tier": args.tier,
        "model": args.model,
        "set": tuple(args.settings),
        "format": tuple(args.format),
        "verify": False if args.no_verify else None,
        "reboot": args.reboot == "yes" if args.reboot else None,
    }
    given = {key: value for key, value in given.items() if value not in (None, ())}
    return replace(found or Settings(tier=args.tier), **given)  # type: ignore[arg-type]  # the types are the parser's

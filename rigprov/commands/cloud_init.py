"""`rigprov cloud-init`: user data with which a fresh machine provisions itself."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from rigprov.commands.options import add_format, add_json, add_tier, chosen_tier
from rigprov.errors import UsageError
from rigprov.model.outcome import Outcome
from rigprov.model.paths import expanded

if TYPE_CHECKING:
    from rigprov.unattended.userdata import Wanted


def add_arguments(parser: ArgumentParser) -> None:
    """What the machine becomes, and which rigprov it installs."""
    add_wanted(parser)


def add_wanted(parser: ArgumentParser) -> None:
    """How a machine sets itself up, and where the text goes."""
    add_tier(parser)
    add_format(parser)
    parser.add_argument("--no-verify", action="store_true", help="do not measure the speed")
    parser.add_argument("--source", metavar="WHAT", help="rigprov==VERSION, or the address of a wheel (default: this version)")
    parser.add_argument("--sha256", metavar="HASH", help="of the wheel that --source means")
    parser.add_argument(
        "--reboot",
        choices=("yes", "no"),
        default="yes",
        help="may the machine reboot while it is set up, where its plan says so (default: yes)",
    )
    parser.add_argument(
        "--every", metavar="TIME", help="converge again on a timer: 30min, 1h, 1d (default: once, at the first boot)"
    )
    parser.add_argument("--output", "-o", metavar="FILE", type=Path, help="write it to this file instead of standard output")
    parser.add_argument("--force", action="store_true", help="replace the file if it is there")
    add_json(parser)


def run(args: Namespace) -> Outcome:
    """Print the user data, or write it."""
    from rigprov.unattended.userdata import user_data

    wanted = wanted_from(args)
    text = user_data(wanted)
    data: dict[str, object] = {"user_data": text, "source": wanted.source.requirement, "sha256": wanted.source.sha256}
    return written("cloud-init", text, data, args.output, force=args.force)


def wanted_from(args: Namespace) -> "Wanted":
    """What the options ask for, checked as `apply` would.

    Raises:
        UsageError: anything that `apply` would refuse on the machine, found here.
    """
    from rigprov.plan.consent import named_disks
    from rigprov.plan.wishes import read_flags
    from rigprov.unattended.settings import Settings
    from rigprov.unattended.source import chosen, installed
    from rigprov.unattended.units import span
    from rigprov.unattended.userdata import Wanted

    chosen_tier(args)
    read_flags(args.settings)
    named_disks(args.format)
    tier, own = args.tier, None
    if "/" in tier or tier.endswith(".py"):
        own = expanded(tier)
        tier = f"/etc/rigprov/tiers/{own.name}"
    return Wanted(
        settings=Settings(
            tier=tier,
            model=args.model or "",
            set=tuple(args.settings),
            format=tuple(args.format),
            verify=not args.no_verify,
        ),
        source=chosen(args.source, args.sha256, installed()),
        reboot=args.reboot == "yes",
        every="" if args.every is None else span(args.every),
        tier_file=_text(own) if own else "",
        tier_from=own,
    )


def _text(tier: Path) -> str:
    if not tier.name.isprintable():
        raise UsageError(f"the tier file {str(tier)!r} has a name that no file on another machine can have", hint="rename it")
    try:
        return tier.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"the tier file {tier} is not UTF-8", hint="save it as UTF-8 text") from None


def written(command: str, text: str, data: dict[str, object], output: Path | None, *, force: bool) -> Outcome:
    """The outcome of a command that makes one text: on standard output, or in a file that was not there.

    Raises:
        UsageError: the file is there and `force` was not given, or it cannot be written.
    """
    if output is None:
        return Outcome(command, data=data, text=text)
    try:
        with expanded(output).open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{output} is there already", hint="name another file, or replace it with --force") from None
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror}") from None
    return Outcome(command, data={**data, "output": str(output)}, text=f"written to {output}")

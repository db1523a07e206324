"""`rigprov rollback`: takes out what the roles put in, never data."""

import difflib
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from rigprov.commands import options
from rigprov.errors import UsageError
from rigprov.model.outcome import Outcome


def add_arguments(parser: ArgumentParser) -> None:
    """Hosts, roles, and the values they were applied with."""
    options.add_hosts(parser)
    parser.epilog = "the first word is a host or a group, the others are the roles to take out (none: all of the tier's)"
    options.add_tier(parser, required=False)
    parser.set_defaults(tier="starter")
    parser.add_argument("--yes", "-y", action="store_true", help="do not ask before changing anything")
    options.add_json(parser)


def run(args: Namespace) -> Outcome:
    """Ask once, then run the roles' rollback in reverse order."""
    from rigprov.commands.taking_out import take_out  # its imports are slow, `--help` must not pay

    hosts, roles = split(args.hosts)
    return take_out(args, hosts, roles)


def split(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The host (or group), and the roles after it.

    Only the first word may be a host: a misspelt role taken for another host would take out everything on the first.

    Raises:
        UsageError: a word that is no role of this version.
    """
    from rigprov.catalog.roles import ORDER, built

    known = [role for role in ORDER if built(role)]
    for word in words[1:]:
        if word not in known:
            near = difflib.get_close_matches(word, known, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"one of: {', '.join(known)}; several hosts are given as a group"
            raise UsageError(f"there is no role `{word}` to take out", hint=hint)
    return list(words[:1]), list(words[1:])

"""`rigprov rollback`: takes out what the roles put in, never data."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from rigprov.commands import options
from rigprov.errors import UsageError
from rigprov.model.outcome import Outcome


def add_arguments(parser: ArgumentParser) -> None:
    """Hosts, roles, and the values they were applied with."""
    options.add_hosts(parser)
    parser.epilog = "words after the first host that are roles' names say which roles to take out; without any: all of the tier's"
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
    """Hosts and roles. The first word is a host whatever it is called.

    Raises:
        UsageError: a role that this version does not have.
    """
    from rigprov.catalog.roles import ORDER, built

    hosts = [word for number, word in enumerate(words) if number == 0 or word not in ORDER]
    roles = [word for word in words[1:] if word in ORDER]
    for role in roles:
        if not built(role):
            raise UsageError(f"role {role} is not built in this version, so there is nothing to take out", hint="leave it out")
    return hosts, roles

"""Arguments that several verbs share."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from rigprov.model.tier import Tier
from rigprov.tiers.load import load_tier
from rigprov.tiers.narrow import only


def add_hosts(parser: ArgumentParser, *, required: bool = True) -> None:
    """Hosts and how to log in to them."""
    add_names(parser, required=required)
    parser.add_argument("-K", "--ask-become-pass", action="store_true", help="ask for the sudo password")
    parser.add_argument("--accept-new-host-key", action="store_true", help="record the SSH key of a host seen for the first time")


def add_names(parser: ArgumentParser, *, required: bool = True) -> None:
    """Hosts and where they are, for verbs that do not log in."""
    parser.add_argument(
        "hosts",
        metavar="HOST",
        nargs="+" if required else "*",
        help="name or group in the inventory, user@host[:port], an alias of ~/.ssh/config, or localhost",
    )
    parser.add_argument("-i", "--inventory", metavar="PATH", action="append", default=[], help="Ansible inventory (repeatable)")
    parser.add_argument("-F", "--ssh-config", metavar="FILE", type=Path, help="ssh configuration instead of ~/.ssh/config")


def add_tier(parser: ArgumentParser, *, required: bool = True) -> None:
    """Tier and the user's own values."""
    parser.add_argument("--tier", metavar="TIER", required=required, help="starter, intermediate, advanced, or a file my_tier.py")
    parser.add_argument("--set", metavar="ROLE.KEY=VALUE", dest="settings", action="append", default=[], help="a role's value")
    parser.add_argument("--model", metavar="KEY", help="one of the tier's models instead of its first choice for the host")


def add_format(parser: ArgumentParser) -> None:
    """Disks that may be formatted."""
    help_text = "this disk may be formatted for models, if it proves to be blank: /dev/disk/by-id/... (repeatable)"
    parser.add_argument("--format", metavar="DISK", dest="format", action="append", default=[], help=help_text)


def chosen_tier(args: Namespace) -> Tier:
    """The tier of `add_tier`, narrowed to the model that the user named.

    Raises:
        UsageError: no such tier, a tier file that is not sound, or a model that the tier has no floor for.
    """
    return only(load_tier(args.tier), args.model)


def add_json(parser: ArgumentParser) -> None:
    """Machine-readable output."""
    parser.add_argument("--json", action="store_true", help="print one JSON document on stdout")

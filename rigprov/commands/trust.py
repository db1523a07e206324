"""`rigprov trust`: takes a host key by its fingerprint, in the place of the one that the address had before."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from rigprov.commands.options import add_json, add_names
from rigprov.errors import HostKeyError, UsageError
from rigprov.model.outcome import Outcome

if TYPE_CHECKING:
    from rigprov.facts.host_keys import KnownKey
    from rigprov.facts.route import Route


def add_arguments(parser: ArgumentParser) -> None:
    """One host and the fingerprint."""
    add_names(parser)
    # it does not log in: there is no password to ask for, and no key that it may take unasked
    parser.set_defaults(ask_become_pass=False, accept_new_host_key=False)
    parser.epilog = "clouds give an address that somebody else had: its key has changed then, and only you can know that it may"
    parser.add_argument(
        "--fingerprint", action="append", metavar="SHA256:...", help="of the host's key, as the machine or its provider tells it"
    )
    add_json(parser)


def run(args: Namespace) -> Outcome:
    """Record the key whose fingerprint the user gave; nothing without that.

    Raises:
        UsageError: several hosts, a local one, no fingerprint or none that can be one.
        HostKeyError: the host shows another key, or one that is revoked.
        UnreachableError: the host shows no key.
    """
    from rigprov.commands.reach import access_from
    from rigprov.facts import host_keys, shown_keys
    from rigprov.facts.inventory import resolve
    from rigprov.facts.route import find_route

    if args.fingerprint and len(args.fingerprint) > 1:
        raise UsageError("`--fingerprint` is given twice", hint="give that of one of the host's keys: one is recorded")
    wanted = shown_keys.normal(args.fingerprint[0]) if args.fingerprint else None
    targets = resolve(args.hosts, args.inventory)
    if len(targets) != 1 or targets[0].local:
        raise UsageError("a fingerprint belongs to one host that is reached by ssh", hint="name that one")
    route = find_route(targets[0], access_from(args))
    record = host_keys.known_keys(route)
    shown = shown_keys.ask(route, wanted)
    key = next((key for key in shown if wanted is not None and shown_keys.shows(key.data, wanted)), None)
    if key is None:
        raise _not_that(route, record, shown, wanted)
    if any(one.marker == "@revoked" and one.data == key.data for one in record):
        raise host_keys.revoked(route, key.type, key.data)
    before = tuple(one for one in record if not one.marker)
    if [one.data for one in before] == [key.data]:
        return _told(route, key, before, f"{route.name}: {_name(key)} is on record already")
    # What the host shows of other kinds is its own as well, and the same keys in a file of the system's may stay.
    own = {one.data for one in shown}
    kept = [one for one in before if one.data in own - {key.data} and one.file in route.known_hosts]
    shown_keys.forget(route, tuple(one for one in before if one.data not in own or one.file in route.known_hosts))
    for one in (*kept, key):
        file = host_keys.record(route, one.type, one.data)
    lines = [f"{route.name}: trusted {_name(key)}, in {file}"]
    lines += [f"  instead of {_name(one)}" for one in before if one.data not in own]
    return _told(route, key, before, "\n".join(lines))


def _name(key: "KnownKey") -> str:
    from rigprov.facts.host_keys import fingerprint

    return f"{key.type} {fingerprint(key.data)}"


def _not_that(
    route: "Route", record: "tuple[KnownKey, ...]", shown: "tuple[KnownKey, ...]", wanted: str | None
) -> UsageError | HostKeyError:
    """Both sides, for a person to compare."""
    seen = " and ".join(_name(key) for key in shown)
    known = " and ".join(_name(key) for key in record if not key.marker) or "nothing"
    if wanted is None:
        return UsageError(
            f"`{route.name}` shows {seen}; on record is {known}",
            hint="compare it with what the machine itself or its provider's console tells, and give that with `--fingerprint`",
        )
    return HostKeyError(
        f"`{route.name}` shows {seen}, and not {wanted}; on record is {known}",
        hint="nothing was recorded: this is another machine, or somebody is between you and it",
    )


def _told(route: "Route", key: "KnownKey", before: "tuple[KnownKey, ...]", text: str) -> Outcome:
    data = {"host": route.name, "trusted": _name(key), "before": [_name(one) for one in before]}
    return Outcome("trust", data=data, text=text)

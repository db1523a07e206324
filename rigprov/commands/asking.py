"""What the hosts of `rigprov apply` are, and whether what they said is good enough for what has to be done."""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime

from rigprov.commands.apply_state import State
from rigprov.commands.warming import warmed
from rigprov.errors import RigprovError
from rigprov.facts.collect import collect
from rigprov.facts.late import answers, filled, late
from rigprov.facts.recording import Recording, Section
from rigprov.history.sources import find, put, sources_folder


def gather_facts(state: State) -> None:
    """What each host is. One whose sources answered within the last day does not wait for them now."""
    known = {} if state.args.full else _known(state.targets)
    with warmed(over_ssh=not all(target.local for target in state.targets.values())):
        found = collect(tuple(state.targets.values()), state.access, known)
    from rigprov.commands.skipping import stop_at_others

    _take(state, found, known)
    stop_at_others(state)


def ask_again(state: State, hosts: Iterable[str]) -> None:
    """What these hosts are now, with all patience."""
    _take(state, collect(tuple(state.targets[host] for host in hosts), state.access), {})


def remember(state: State) -> None:
    """Keep what sources said to hosts that are as they were wanted. A folder that cannot be written costs later runs seconds."""
    folder, now = sources_folder(os.environ), datetime.now(UTC)
    for host in state.targets:
        if host in state.answers and host not in state.late:
            with suppress(OSError):
                put(folder, host, {name: asdict(section) for name, section in state.answers[host].items()}, now)


def _known(hosts: Iterable[str]) -> dict[str, dict[str, Section]]:
    folder, now = sources_folder(os.environ), datetime.now(UTC)
    found = {host: find(folder, host, now) for host in hosts}
    return {host: {name: Section(**each) for name, each in kept.items()} for host, kept in found.items() if kept}  # type: ignore[arg-type]  # checked by `find`


def _take(state: State, found: Mapping[str, Recording | RigprovError], known: Mapping[str, Mapping[str, Section]]) -> None:
    from rigprov.facts.build import host_facts  # its imports come while hosts are asked

    for host, told in found.items():
        state.late.discard(host)
        try:
            if isinstance(told, RigprovError):
                raise told
            state.facts[host] = host_facts(filled(told, known.get(host, {})))
        except RigprovError as error:
            state.drop(host, error)
        else:
            state.answers[host] = answers(told)
            if host in known and late(told):
                state.late.add(host)

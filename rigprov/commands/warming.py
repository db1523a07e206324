"""What takes time here and needs no host is done while the hosts are asked: imports, the roles' descriptions."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def warmed() -> Iterator[None]:
    """Let a thread go ahead while the block waits for hosts. What it fails at, whoever needs it will say."""
    threading.Thread(target=_ahead, daemon=True, name="rigprov-warm").start()
    yield


def _ahead() -> None:
    with suppress(Exception):
        _warm()


def _warm() -> None:
    from rigprov.catalog.roles import ORDER, built, options
    from rigprov.commands import agreeing, standing  # noqa: F401 - for the modules that they bring along
    from rigprov.history.document import warm
    from rigprov.ledger.stamp import content

    for role in ORDER:
        if built(role):
            options(role)
            content(role)
    warm()

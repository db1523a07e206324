"""What takes time here and needs no host is done while the hosts are asked: imports, the roles' descriptions."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from rigprov.facts.libraries import load
from rigprov.facts.transport import waiting

_LONGEST_S = 10.0  # a host that does not answer by then will cost more than what is done here
_SWITCH_S = 0.001  # an answer of a host is taken up at once, not after the 5 ms that threads have by default


@contextmanager
def warmed(*, over_ssh: bool) -> Iterator[None]:
    """Let a thread go ahead while the block waits for hosts. What it fails at, whoever needs it will say.

    Args:
        over_ssh: a host is reached by SSH, so what connects comes first.
    """
    sys.setswitchinterval(_SWITCH_S)
    threading.Thread(target=_ahead, args=(over_ssh,), daemon=True, name="rigprov-warm").start()
    yield


def _ahead(over_ssh: bool) -> None:
    with suppress(Exception):
        if over_ssh:
            load()  # the connection waits for this and for nothing else
            waiting.wait(_LONGEST_S)
        _warm()


def _warm() -> None:
    from rigprov.catalog.roles import ORDER, built, options
    from rigprov.commands import agreeing, concluding, skipping, standing  # noqa: F401 - for the modules that they bring along
    from rigprov.facts import build  # noqa: F401
    from rigprov.history import quarantine  # noqa: F401
    from rigprov.history.document import warm
    from rigprov.ledger.stamp import content

    for role in ORDER:
        if built(role):
            options(role)
            content(role)
    warm()

"""Ends the examination where it must end: signals, its time limit, and when nobody listens any more.

An SSH connection that breaks sends no signal to a program without a terminal; what it leaves is a pipe without a reader.
"""

from __future__ import annotations

import select
import signal
import sys
from typing import Any

from rigprov.verify.host.failure import Failed

_TICK_S = 1.0


def reader_gone(descriptor: int) -> bool:
    """Whether whoever read from this pipe or socket is gone. False for a file or a terminal."""
    poll = select.poll()
    poll.register(descriptor, 0)  # errors and hang-ups are always reported
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))


class Guard:
    """While it is on, `SystemExit` or `Failed` may come up anywhere, so that `finally` puts everything back.

    A timer and not a thread: it interrupts whatever waits.

    Args:
        limit_s: seconds after which the work fails.
    """

    def __init__(self, limit_s: float) -> None:
        self._limit_s, self._ticks = limit_s, 0

    def __enter__(self) -> Guard:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, lambda *_: sys.exit(1))
        signal.signal(signal.SIGALRM, self._tick)
        signal.setitimer(signal.ITIMER_REAL, _TICK_S, _TICK_S)
        return self

    def __exit__(self, *_: object) -> None:
        self.off()

    def off(self) -> None:
        """From here on nothing interrupts: what was changed is being put back."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)

    def _tick(self, *_: Any) -> None:
        self._ticks += 1
        if reader_gone(1):
            sys.exit(1)
        if self._ticks * _TICK_S > self._limit_s:
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise Failed("time", f"the examination did not end within {self._limit_s:.0f} s")

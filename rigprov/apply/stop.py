"""Ctrl-C and SIGTERM while Ansible runs: stopped in order, not killed."""

import os
import signal
import time
from types import FrameType, TracebackType
from typing import Self

GRACE_S = 15.0  # for Ansible to end its workers and close its connections
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Context manager: while it holds, a signal asks Ansible to stop. The instance is ansible-runner's cancel callback.

    ansible-runner's own way is SIGKILL to one process group; Ansible's workers have groups of their own and would go on.
    """

    def __init__(self) -> None:
        self.requested = 0  # signals received
        self.pid: int | None = None  # of ansible-playbook, once it has spoken
        self._asked_at: float | None = None

    def __call__(self) -> bool:
        """Whether ansible-runner shall kill the process now."""
        if not self.requested:
            return False
        if self.pid is None or self.requested > 1:
            return True
        if self._asked_at is None:
            self._asked_at = time.monotonic()
            _interrupt(self.pid)
        return time.monotonic() - self._asked_at > GRACE_S

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._note) for number in _SIGNALS}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.requested += 1


def _interrupt(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGINT)
    except ProcessLookupError:
        return  # it has ended meanwhile

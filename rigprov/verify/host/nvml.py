"""Watches the GPUs while something else is measured: ten times a second, from a thread of its own."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Any

from rigprov.verify.host.nvml_query import Nvml, Unavailable
from rigprov.verify.host.nvml_recorder import Recorder


class Sampler:
    """Watches from `start` to `stop`. Neither raises: a machine without a driver has a reason instead of figures.

    Args:
        engine_pid: see `Recorder`; may be set later, as the attribute of that name.
        binding: of the driver's library; None: the real one.
    """

    def __init__(self, engine_pid: int = 0, *, binding: Any = None) -> None:
        self.engine_pid = engine_pid
        self._binding = binding
        self._ended = threading.Event()
        self._recorder: Recorder | None = None
        self._without: dict[str, str] = {"code": "not-started", "reason": "the GPUs were not watched"}

    def start(self) -> None:
        """Opens the library and begins."""
        try:
            self._recorder = Recorder(Nvml(self._binding), self.engine_pid)
        except Unavailable as error:
            self._without = {"code": error.code, "reason": str(error)}
            return
        except _SURPRISES as error:
            self._without = _surprise(error)
            return
        self._began = time.monotonic()
        self._thread = threading.Thread(target=self._run, daemon=True)  # a hanging driver must not hold the program
        self._thread.start()

    def mark(self, name: str) -> None:
        """Remembers that a part of the measurement begins now: "load", "decode", "soak"."""
        if self._recorder is not None:
            self._recorder.mark(name, time.monotonic() - self._began)

    def _run(self) -> None:
        recorder = self._recorder
        while recorder is not None and not self._ended.is_set():
            with contextlib.suppress(*_SURPRISES):  # one reading is lost
                recorder.tick(time.monotonic() - self._began)
            self._ended.wait(recorder.period_s)

    def stop(self) -> dict[str, Any]:
        """What was seen; `{"reason", "code"}` where nothing could be."""
        if self._recorder is None:
            return dict(self._without)
        self._ended.set()
        self._thread.join(5)
        if self._thread.is_alive():
            return {"code": "hangs", "reason": "the NVIDIA driver did not answer within 5 s: a GPU may have failed"}
        self._recorder.engine_pid = self.engine_pid
        try:
            return self._recorder.end()
        except _SURPRISES as error:
            return _surprise(error)


# What a driver that answers nonsense can cause in the lines that read it.
_SURPRISES = (AttributeError, LookupError, OSError, TypeError, ValueError)


def _surprise(error: Exception) -> dict[str, str]:
    return {"code": "other", "reason": f"the NVIDIA driver gave something unexpected: {type(error).__name__}: {error}"}

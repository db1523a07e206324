"""The NVIDIA GPUs while an engine is loaded and measured."""

from __future__ import annotations

import time
from typing import Any

from rigprov.verify.host import nvml


class Gpus:
    """Watches them from `start` to `stop`, from before the engine is loaded where we load it."""

    def __init__(self) -> None:
        self._sampler = nvml.Sampler()
        self._began = 0.0
        self._running = False

    def start(self) -> None:
        """Begins; a machine without a driver costs nothing."""
        self._sampler.start()
        self._began, self._running = time.monotonic(), True

    def stop(self, engine_pid: int, marks: dict[str, float]) -> dict[str, Any]:
        """What was seen; a `reason` where nothing could be.

        Args:
            engine_pid: the engine's process; 0 if unknown.
            marks: parts of the measurement and when they began, as `time.monotonic()`, which all processes share.
        """
        if not self._running:
            return {"code": "not-started", "reason": "the GPUs were not watched"}
        self._sampler.engine_pid = engine_pid
        found = self._sampler.stop()
        if "reason" not in found:
            found.setdefault("marks", {}).update({name: round(at - self._began, 2) for name, at in marks.items()})
        return found

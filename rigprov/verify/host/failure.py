"""How a layer below the measurement says that it is broken."""

from __future__ import annotations


class Failed(RuntimeError):  # noqa: N818
    """A layer below the measurement is broken.

    Args:
        layer: "configuration", "port", "engine", "request", "lock", "memory", "weights", "server", "time".
        message: one sentence without full stop.
        log: the engine's last words.
        fix: the way out, where this failure has one of its own.
    """

    def __init__(self, layer: str, message: str, log: list[str] | None = None, *, fix: str = "") -> None:
        super().__init__(message)
        self.layer, self.log, self.fix = layer, log or [], fix

    def document(self) -> dict[str, object]:
        """For the JSON document."""
        return {"layer": self.layer, "message": str(self), "log": self.log, "fix": self.fix}

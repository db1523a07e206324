"""The value of a fact that could not be read."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Missing:
    """A fact that could not be read. Never the same as "there is none"."""

    reason: str

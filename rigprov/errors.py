"""Exit codes and the errors a user can act on.

Every error carries one sentence (what is wrong, where) and, where there is one, a hint (how to mend it).
Anything that is not a `RigprovError` is a defect of rigprov and is reported as such by `rigprov.cli`.
"""

from enum import IntEnum


class Exit(IntEnum):
    """Process exit codes; the same for every command."""

    OK = 0
    INTERNAL = 1
    USAGE = 2
    BLOCKED = 3
    APPLY_FAILED = 4
    BELOW_FLOOR = 5
    UNREACHABLE = 6
    INTERRUPTED = 130


class RigprovError(Exception):
    """Base of all expected errors.

    Args:
        message: one sentence, no full stop: what is wrong and where.
        hint: one sentence: how to mend it.
    """

    exit = Exit.INTERNAL

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(RigprovError, ValueError):
    """The user's input is wrong: an option, a tier, an inventory, a recording."""

    exit = Exit.USAGE


class ApplyError(RigprovError):
    """The run on the hosts could not be started or broke."""

    exit = Exit.APPLY_FAILED


class UnreachableError(RigprovError, OSError):
    """A host did not answer, or its identity could not be confirmed."""

    exit = Exit.UNREACHABLE


class HostKeyError(UnreachableError):
    """The host's SSH key is unknown, or is not the one on record."""

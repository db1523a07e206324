"""What every command returns; `rigprov.report` prints it and nothing else does."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rigprov.errors import Exit

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Problem:
    """One thing that went wrong, for one host or for the whole command."""

    code: str
    message: str
    hint: str = ""
    host: str = ""


@dataclass(frozen=True)
class Outcome:
    """Result of a command.

    Args:
        command: the verb.
        data: what `--json` prints under "data"; plain JSON types only (see `rigprov.report.json.plain`).
        text: what a person reads on stdout.
        problems: printed on stderr, one sentence each.
        exit: process exit code.
    """

    command: str
    data: Mapping[str, object] = field(default_factory=dict)
    text: str = ""
    problems: tuple[Problem, ...] = ()
    exit: Exit = Exit.OK

"""Puts a command's outcome on the terminal: data on stdout, problems on stderr."""

import io
import sys

from rigprov.model.outcome import Outcome, Problem
from rigprov.report.json import envelope

# What hosts and servers say may hold signs that a terminal acts on; line feeds and tabs are ours.
_ACTED_ON = {number: "?" for number in (*range(32), *range(0x7F, 0xA0)) if chr(number) not in "\n\t"}


def render(outcome: Outcome, *, as_json: bool) -> None:
    """Print `outcome`. With `as_json` stdout is exactly one JSON document; problems go to stderr either way."""
    body = envelope(outcome) if as_json else outcome.text.translate(_ACTED_ON)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a locale that lacks a letter gets a question mark, not a traceback
    if body:
        print(body.rstrip("\n"))
    for problem in outcome.problems:
        print(_sentence(problem).translate(_ACTED_ON), file=sys.stderr)


def _sentence(problem: Problem) -> str:
    where = f"{problem.host}: " if problem.host else ""
    hint = f"\nhint: {problem.hint}" if problem.hint else ""
    return f"error: {where}{problem.message}{hint}"

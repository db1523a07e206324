"""How a test function becomes a control, and how it says what it found."""

import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from rigprov.model.compliance import Control, Severity

MARK = "control"
SHOWN_LINES = 6
SHOWN_WIDTH = 200
Test = Callable[..., None]


class DeviationError(AssertionError):
    """A machine is not as it should be."""

    def __init__(self, found: str, expected: str, output: Iterable[str]) -> None:
        super().__init__(f"found: {found}; expected: {expected}")
        self.found, self.expected, self.output = found, expected, tuple(output)


def control(ident: str, *, severity: Severity, role: str, reason: str, fix: str) -> Callable[[Test], Test]:
    """Make a test function a control. Its docstring is the title: what has to be so."""

    def mark(test: Test) -> Test:
        title = (test.__doc__ or "").strip().removesuffix(".")
        known = Control(id=ident, severity=severity, role=role, title=title, reason=reason, fix=fix)
        made: Test = pytest.mark.control(known)(test)
        return made

    return mark


def control_of(test: object) -> Control | None:
    """The control that a test function is."""
    for mark in getattr(test, "pytestmark", ()):
        if mark.name == MARK and mark.args and isinstance(mark.args[0], Control):
            return mark.args[0]
    return None


def expect(holds: Any, *, found: str, expected: str, output: str | Iterable[str] = "") -> None:
    """Fail the control unless `holds`.

    Args:
        holds: the condition.
        found: what the machine shows, in words or figures.
        expected: what it should show.
        output: the command's own lines, as evidence; shown in part.

    Raises:
        DeviationError: it does not hold.
    """
    if not holds:
        raise DeviationError(_short(found), _short(expected), shown(output))


def shown(output: str | Iterable[str]) -> tuple[str, ...]:
    """A few lines of a command's output, without what a terminal would act on."""
    lines = output.splitlines() if isinstance(output, str) else [line for text in output for line in text.splitlines()]
    kept = [_short(line.rstrip()) for line in lines if line.strip()]
    more = len(kept) - SHOWN_LINES
    return (*kept[:SHOWN_LINES], *([f"(and {more} more lines)"] if more > 0 else []))


def _short(text: str) -> str:
    clean = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "?", text)
    return clean if len(clean) <= SHOWN_WIDTH else f"{clean[: SHOWN_WIDTH - 3]}..."

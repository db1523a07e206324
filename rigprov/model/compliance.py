"""What the compliance suite asks of a machine, and what it found there."""

from dataclasses import dataclass, field
from typing import Literal

SEVERITIES = ("low", "medium", "high", "critical")
Severity = Literal["low", "medium", "high", "critical"]
State = Literal["fail", "waived", "error", "skip", "pass"]


@dataclass(frozen=True)
class Control:
    """One question to a machine.

    Args:
        id: for waivers and reports; never given to another control.
        severity: how bad it is when it fails.
        role: which role answers for it; "host": none does, it is the administrator's.
        title: what has to be so, in one sentence.
        reason: why it matters.
        fix: how it is mended.
    """

    id: str
    severity: Severity
    role: str
    title: str
    reason: str
    fix: str


@dataclass(frozen=True)
class Answer:
    """How one control ended on one machine.

    Args:
        control: what was asked.
        state: "skip": it does not apply here; "error": it could not be asked to its end.
        found: what is there, of a failed one.
        expected: what should be there.
        output: the lines that prove it, cut to a few.
        note: why it was skipped, waived or not asked.
        seconds: how long it took.
    """

    control: Control
    state: State
    found: str = ""
    expected: str = ""
    output: tuple[str, ...] = ()
    note: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class HostCompliance:
    """All answers of one host, and what there is to say about waivers."""

    host: str
    answers: tuple[Answer, ...]
    notes: tuple[str, ...] = field(default=())

    def of(self, *states: State) -> tuple[Answer, ...]:
        """Answers in one of these states, the gravest first."""
        chosen = [one for one in self.answers if one.state in states]
        return tuple(sorted(chosen, key=lambda one: (-SEVERITIES.index(one.control.severity), one.control.id)))

    def counts(self) -> dict[State, int]:
        """How many ended in each state, the worst first; those that are none are left out."""
        states: tuple[State, ...] = ("fail", "error", "waived", "skip", "pass")
        return {state: number for state in states if (number := len(self.of(state)))}

    @property
    def compliant(self) -> bool:
        """Nothing failed, and something was asked."""
        return not self.of("fail", "error") and bool(self.of("pass", "waived"))


@dataclass(frozen=True)
class Checked:
    """A whole check of one host, as it is kept.

    Args:
        compliance: what came of it.
        taken: when, in ISO 8601 with zone.
        tier: whose plan it was held against; "": none.
    """

    compliance: HostCompliance
    taken: str
    tier: str = ""

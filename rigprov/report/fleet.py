"""Many hosts of one run in a table, and how a rolling run went. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from rigprov.model.fleet import Quarantine, Roll, Row
from rigprov.model.ledger import Verdict
from rigprov.model.outcome import Problem
from rigprov.model.proof import Proof
from rigprov.model.run import HostRun
from rigprov.report.words import moment, speed

_HEAD = ("host", "tier", "state", "changed", "drift", "verdict", "tok/s", "floor")
_NONE = "-"
_RIGHT = frozenset({"changed", "drift", "tok/s", "floor"})
_UNREACHABLE = frozenset({"unreachable", "UnreachableError", "HostKeyError"})


def rows(
    hosts: Iterable[str],
    tier: str,
    *,
    problems: Iterable[Problem],
    runs: Iterable[HostRun],
    verdicts: Mapping[str, Mapping[str, Verdict]],
    proofs: Mapping[str, Proof],
    roll: Roll | None,
) -> tuple[Row, ...]:
    """Each host's end, in the order of `hosts`, which are all that the user named.

    Args:
        problems: of the run; a host's first is its reason.
        verdicts: host -> role -> what the ledger said before the roles ran.
        roll: how it was rolled; None: all at once.
    """
    first: dict[str, Problem] = {}
    for each in problems:
        first.setdefault(each.host, each)
    ran = {run.host: run for run in runs}
    gates: dict[str, str] = {failure.host: failure.gate for failure in roll.failures} if roll else {}
    out = {entry.host: Row(entry.host, tier, "quarantined", gate=entry.gate, reason=entry.reason) for entry in _left_out(roll)}
    return tuple(
        out.get(host)
        or replace(
            _row(host, tier, first.get(host), ran.get(host), proofs.get(host)),
            drift=_drift(verdicts[host]) if host in verdicts else None,
            gate=gates.get(host, ""),
        )
        for host in hosts
    )


def _left_out(roll: Roll | None) -> tuple[Quarantine, ...]:
    return roll.left_out if roll else ()


def _row(host: str, tier: str, problem: Problem | None, run: HostRun | None, proof: Proof | None) -> Row:
    return Row(
        host,
        tier,
        _state(problem, run),
        changed=run.changed if run else None,
        verdict=proof.verdict if proof else "",
        tokens_per_s=proof.median if proof else None,
        floor=proof.floor if proof and proof.median is not None else None,
        reason=problem.message if problem else "",
    )


def _drift(verdicts: Mapping[str, Verdict]) -> int:
    return sum(len(verdict.drift) for verdict in verdicts.values())


def _state(problem: Problem | None, run: HostRun | None) -> str:
    if run is not None and run.state in {"ok", "interrupted"}:
        return "done" if run.state == "ok" else "interrupted"
    if problem is None:
        return "not started"
    if problem.code in _UNREACHABLE:
        return "unreachable"
    failed = problem.code == "ApplyError" or (run is not None and problem.code != "another-run")
    return "failed" if failed else "blocked"


def table(found: Sequence[Row]) -> str:
    """In columns, for the terminal."""
    lines = [_HEAD, *(_cells(row) for row in found)]
    columns = [(max(map(len, words)), words[0] in _RIGHT, words) for words in zip(*lines, strict=True)]
    padded = [[word.rjust(width) if right else word.ljust(width) for word in words] for width, right, words in columns]
    return "\n".join("  ".join(words).rstrip() for words in zip(*padded, strict=True))


def _cells(row: Row) -> tuple[str, ...]:
    numbers = [_NONE if count is None else str(count) for count in (row.changed, row.drift)]
    reached = _NONE if row.tokens_per_s is None else speed(row.tokens_per_s)
    floor = _NONE if row.floor is None else f"{row.floor:g}"
    return (row.host, row.tier, row.state, *numbers, row.verdict or _NONE, reached, floor)


def roll_text(roll: Roll, *, check: bool = False) -> str:
    """The batches, and where the roll ended."""
    verb = "would roll" if check else "rolled"
    lines = [f"{verb} in {_count(len(roll.batches))} (--serial {roll.serial})"]
    for number, batch in enumerate(roll.batches, 1):
        log = f"; log in {batch.log_dir}" if batch.log_dir else ""
        lines.append(f"  {number}  {'' if check else f'{batch.state}: '}{', '.join(batch.hosts)}{log}")
    if roll.stopped:
        lines.append(f"  stopped: {roll.stopped}")
    return "\n".join(lines)


def quarantine_text(entry: Quarantine, file: str, *, out: bool) -> str:
    """One host in quarantine: why, and how it gets out."""
    since = f" since {moment(entry.since)}" if entry.since else ""
    fate = "rolls leave it out" if out else "this roll takes it all the same, as you said"
    return (
        f"{entry.host}: quarantined{since}, gate `{entry.gate}`: {entry.reason}; {fate}. It is released when it passes"
        f" (`rigprov apply` with the same options and `{entry.host}` alone), or by deleting {file}"
    )


def _count(batches: int) -> str:
    return "1 batch" if batches == 1 else f"{batches} batches"

"""Whether a rolling run may go on after a batch. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from rigprov.model.fleet import Failure, Gate, Quarantine
from rigprov.model.outcome import Problem

_REACH = frozenset({"unreachable", "UnreachableError", "HostKeyError"})
# These are no fault of the host: another run has it, Ansible itself broke, or the user stopped the run.
_NO_FAULT = frozenset({"another-run", "run-broken", "interrupted"})


@dataclass(frozen=True)
class Ruling:
    """What a batch came to."""

    failures: tuple[Failure, ...]
    stop: str = ""  # why the run must not go on; "": it may


def rule(
    batch: Sequence[str],
    problems: Iterable[Problem],
    verdicts: Mapping[str, str],
    *,
    measured: bool,
    failed_before: int,
    allowed: int,
) -> Ruling:
    """Look at a batch that has been worked on.

    Args:
        batch: its hosts.
        problems: of the whole run so far; a host with none of its own went well.
        verdicts: host -> verdict of its proof.
        measured: a proof belongs to this run, so a host without one has not passed.
        failed_before: hosts of earlier batches that failed.
        allowed: so many hosts may fail in the whole run.
    """
    first: dict[str, Problem] = {}
    for problem in problems:
        if problem.host in batch:
            first.setdefault(problem.host, problem)
    busy = [problem for problem in first.values() if problem.code in _NO_FAULT]
    failures = tuple(_failure(first[host]) for host in batch if host in first and first[host] not in busy)
    if measured and not busy:
        silent = [host for host in batch if host not in first and verdicts.get(host) != "pass"]
        failures += tuple(Failure(host, "speed", "its speed was not proved") for host in silent)
    return Ruling(failures, _stop(failures, busy, failed_before + len(failures), allowed))


def _failure(problem: Problem) -> Failure:
    gate: Gate = "reach" if problem.code in _REACH else "speed" if problem.code.startswith("verdict-") else "roles"
    return Failure(problem.host, gate, problem.message, problem.hint)


def _stop(failures: Sequence[Failure], busy: Sequence[Problem], failed: int, allowed: int) -> str:
    if busy:  # two rolling runs over the same hosts would take down more of them at a time than either was told
        return "; ".join(f"{problem.host}: {problem.message}" for problem in busy)
    if not failures or failed <= allowed:
        return ""
    named = "; ".join(f"{failure.host} did not pass the gate `{failure.gate}`: {failure.reason}" for failure in failures)
    before = failed - len(failures)
    return f"{named} ({before} failed before, {allowed} may)" if before else named


def left_out(
    hosts: Iterable[str], quarantined: Mapping[str, Quarantine], named: Collection[str], *, include: bool
) -> tuple[Quarantine, ...]:
    """Who takes no part in a rolling run: the quarantined, but for those whom the user named one by one."""
    return () if include else tuple(quarantined[host] for host in hosts if host in quarantined and host not in named)


def released(noted: Quarantine, verdict: str, *, measured: bool) -> bool:
    """Whether a host that got through the roles is well again: what it failed at must have been tried."""
    return verdict == "pass" or (not measured and noted.gate != "speed")

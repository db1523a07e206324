"""Rolling runs of `rigprov apply`: batch by batch, each proved before the next; who fails is noted and left out next time."""

import os
import sys
from dataclasses import replace
from datetime import UTC, datetime

from rigprov.apply.batches import batches, sizes
from rigprov.apply.gate import Ruling, left_out, released, rule
from rigprov.commands.apply_state import State
from rigprov.commands.applying import WORK, ask, plan, read_input
from rigprov.commands.asking import ask_again, gather_facts
from rigprov.errors import Exit
from rigprov.facts.redact import redact
from rigprov.model.fleet import Batch, Quarantine, Roll

# As in `applying`: what one step alone needs is imported there.


def leave_out(state: State) -> None:
    """Take the quarantined out of a roll before anybody talks to them, and say so."""
    if state.args.serial is None or state.args.detect:
        return
    from rigprov.history.quarantine import find, note_of, quarantine_folder
    from rigprov.report.fleet import quarantine_text

    folder = quarantine_folder(os.environ)
    known = {host: entry for host in state.targets if (entry := find(folder, host)) is not None}
    out = left_out(state.targets, known, state.args.hosts, include=state.args.include_quarantined)
    for entry in known.values():
        _say(quarantine_text(entry, str(note_of(folder, entry.host)), out=entry in out))
    for entry in out:
        state.targets.pop(entry.host)
    state.roll = Roll(state.args.serial, (), left_out=out)
    if not state.targets:
        hint = "name them one by one, or add --include-quarantined"
        state.ending.note("all-quarantined", "every host of this roll is quarantined", Exit.BLOCKED, hint=hint)
        state.stopped = True


def divide(state: State) -> None:
    """The batches. Where another run works on one of the hosts, two rolls may have met: this one stands back."""
    if state.roll is None:
        return
    groups = batches(list(state.targets), sizes(state.args.serial))
    state.roll = replace(state.roll, batches=tuple(Batch(hosts, "not started") for hosts in groups))
    busy = [problem for problem in state.ending.problems if problem.code == "another-run"]
    if busy and not state.args.check:
        _stop(state, "; ".join(f"{problem.host}: {problem.message}" for problem in busy))


def work(state: State) -> None:
    """Change the hosts and prove them: all at once, or batch by batch."""
    if state.roll is None or state.args.check:
        _work(state)
        _let_go(state, tuple(state.targets))
        return
    from rigprov.model.run import RunSummary

    summaries: list[RunSummary] = []
    divide(state)  # again: the plan and the question have taken hosts out
    for number, batch in enumerate(state.roll.batches):
        _say(f"batch {number + 1} of {len(state.roll.batches)}: {', '.join(batch.hosts)}")
        part = replace(state, targets={host: state.targets[host] for host in batch.hosts}, summary=None)
        if number:
            _ask_again(part)
        _work(part)
        if part.summary is not None:
            summaries.append(part.summary)
        ruling = _judged(state, batch.hosts)
        _note(state, number, ruling, part.summary.log_dir if part.summary else "")
        _let_go(state, tuple(host for host in part.targets if host not in {failure.host for failure in ruling.failures}))
        if ruling.stop:
            _stop(state, ruling.stop, number + 1)
            break
    runs = tuple(run for summary in summaries for run in summary.hosts)
    state.summary = RunSummary(runs, round(sum(summary.seconds for summary in summaries), 1), "") if summaries else None


STEPS = (read_input, leave_out, gather_facts, divide, plan, ask, work)


def _work(state: State) -> None:
    for step in WORK:
        if not state.stopped:
            step(state)


def _ask_again(state: State) -> None:
    """What the hosts are now: the batches before took their time. The plan stays the one that was agreed to."""
    from rigprov.commands.skipping import judged, stop_at_others

    ask_again(state, tuple(state.targets))
    for host in state.targets:
        judged(state, host)
    stop_at_others(state)


def _judged(state: State, hosts: tuple[str, ...]) -> Ruling:
    assert state.roll is not None  # noqa: S101 - `work` made sure
    return rule(
        hosts,
        state.ending.problems,
        {host: proof.verdict for host, proof in state.proofs.items()},
        measured=not state.args.no_verify,
        failed_before=len(state.roll.failures),
        allowed=state.args.max_failures or 0,
    )


def _note(state: State, number: int, ruling: Ruling, log_dir: str) -> None:
    """Write down how a batch ended, and quarantine who failed."""
    from rigprov.commands.keeping import warn
    from rigprov.history.quarantine import note_of, put, quarantine_folder
    from rigprov.report.fleet import quarantine_text

    assert state.roll is not None  # noqa: S101 - likewise
    batch = state.roll.batches[number]
    ended = replace(batch, state="failed" if ruling.failures or ruling.stop else "passed", log_dir=log_dir)
    rest = state.roll.batches[number + 1 :]
    state.roll = replace(
        state.roll, batches=(*state.roll.batches[:number], ended, *rest), failures=state.roll.failures + ruling.failures
    )
    folder = quarantine_folder(os.environ)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    for failure in ruling.failures:
        entry = Quarantine(failure.host, now, failure.gate, redact(failure.reason), redact(failure.fix))
        try:
            put(folder, entry)
        except OSError as error:
            warn(f"{failure.host} is not quarantined: {folder} cannot be written ({error.strerror}); set XDG_STATE_HOME")
        else:
            _say(quarantine_text(entry, str(note_of(folder, failure.host)), out=True))


def _let_go(state: State, hosts: tuple[str, ...]) -> None:
    """Hosts that are well again leave quarantine."""
    if state.args.check:
        return
    from rigprov.history.quarantine import find, quarantine_folder, release

    folder = quarantine_folder(os.environ)
    faulty = {problem.host for problem in state.ending.problems}
    for host in hosts:
        entry = None if host in faulty else find(folder, host)
        verdict = state.proofs[host].verdict if host in state.proofs else ""
        if entry is not None and released(entry, verdict, measured=not state.args.no_verify) and release(folder, host):
            _say(f"{host}: passes again, and is out of quarantine")


def _stop(state: State, why: str, number: int = 0) -> None:
    """The roll is over before its end."""
    assert state.roll is not None  # noqa: S101 - likewise
    state.roll = replace(state.roll, stopped=why)
    state.stopped = True
    where = f"the roll stopped at batch {number} of {len(state.roll.batches)}" if number else "the roll was not begun"
    rest = state.roll.not_started
    left = f"; not started: {', '.join(rest)}" if rest else ""
    hint = "run the same command again when that is mended: what is done is passed over"
    state.ending.note("roll-stopped", f"{where}: {why}{left}", state.ending.exit or Exit.BELOW_FLOOR, hint=hint)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)

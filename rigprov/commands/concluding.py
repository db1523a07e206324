"""What `rigprov apply` reports at its end."""

import os
from datetime import UTC, datetime
from pathlib import Path

from rigprov.commands.apply_state import State
from rigprov.errors import Exit, UsageError
from rigprov.model.fleet import Row
from rigprov.model.outcome import Outcome
from rigprov.model.paths import expanded
from rigprov.report.applied import applied_data, applied_text
from rigprov.report.fleet import roll_text, rows, table
from rigprov.report.json import plain


def conclude(state: State) -> Outcome:
    """The report: each host's run and proof; of several hosts a table; the HTML file where one was asked for."""
    if state.args.detect:
        from rigprov.commands.skipping import detected

        return detected(state)
    check = state.args.check
    found = _rows(state)
    parts = [applied_text(state.notes, state.summary, state.proofs, state.verdicts, check=check)]
    if state.roll is not None and (state.summary is not None or state.roll.stopped):
        parts.append(roll_text(state.roll, check=check))
    if len(found) > 1 and any(parts):
        parts.append(table(found))
    file = _written(state, found)
    if file is not None:
        parts.append(f"report: {state.args.html}")
    data = applied_data(state.plans, state.notes, state.summary, state.proofs, state.verdicts, check=check)
    more = {"table": plain(found), "roll": plain(state.roll), "html": str(file) if file else None}
    text = "\n\n".join(part for part in parts if part)
    return Outcome("apply", data=data | more, text=text, problems=state.ending.problems, exit=state.ending.exit)


def _rows(state: State) -> tuple[Row, ...]:
    return rows(
        state.named,
        state.tier.name if state.tier else "",
        problems=state.ending.problems,
        runs=state.summary.hosts if state.summary else (),
        verdicts=state.verdicts,
        proofs=state.proofs,
        roll=state.roll,
    )


def _written(state: State, found: tuple[Row, ...]) -> Path | None:
    """The page with this run's table and the kept proofs of its hosts. That it cannot be written does not undo the run."""
    if state.args.html is None:
        return None
    from rigprov.commands.keeping import warn
    from rigprov.history.checks import checks_folder, last_checks
    from rigprov.history.folder import proofs_folder
    from rigprov.history.store import read_all
    from rigprov.report.html.document import document
    from rigprov.report.html.file import write
    from rigprov.report.html.page import page

    known = read_all(proofs_folder(os.environ), warn)
    records = {host: known[host] for host in state.named if host in known}
    checks = last_checks(checks_folder(os.environ), records, warn)
    path = expanded(state.args.html)
    try:
        write(path, page(document(records, datetime.now(UTC), checks=checks, run=found)))
    except UsageError as error:
        state.ending.note("html", str(error), Exit.USAGE, hint=error.hint or "")
        return None
    return path.resolve()

"""Proofs of earlier runs that still stand, so that a host on which nothing changed is not measured again."""

import os
from dataclasses import replace
from datetime import UTC, datetime

from rigprov.commands.apply_state import State
from rigprov.commands.keeping import warn
from rigprov.history.folder import proofs_folder
from rigprov.history.standing import why_not
from rigprov.history.store import last
from rigprov.history.summary import machine
from rigprov.model.proof import Proof
from rigprov.report.words import moment


def standing(state: State, host: str) -> Proof | None:
    """The kept proof of a host on which no role had to run; None where it has to be measured."""
    planned = state.plans[host].benchmark
    if state.args.full or planned is None or state.running(host) or not state.verdicts[host]:
        return None
    kept = last(proofs_folder(os.environ), host, lambda record: record.proof.model == planned.model, warn)
    applied = max(verdict.applied for verdict in state.verdicts[host].values())
    if kept is None or why_not(kept, planned, machine(state.facts[host]), applied=applied, now=datetime.now(UTC)):
        return None
    said = f"measured {moment(kept.proof.taken)}, and not again, since nothing has changed; `rigprov verify` or --full measures"
    return replace(kept.proof, notes=(said, *kept.proof.notes))

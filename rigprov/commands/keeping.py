"""Keeps the proofs of a command, and sets each against the last one of its kind. Used by `verify` and `apply`."""

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from rigprov.apply.logs import Masker, secrets_in
from rigprov.errors import RigprovError
from rigprov.facts.build import host_facts
from rigprov.facts.collect import collect
from rigprov.facts.connection import Access, become_password
from rigprov.history.checks import checks_folder, keep_check
from rigprov.history.difference import comparable, with_difference
from rigprov.history.folder import proofs_folder
from rigprov.history.store import keep, last
from rigprov.history.summary import changed_tasks, machine, no_samples, plan_summary
from rigprov.model.compliance import Checked, HostCompliance
from rigprov.model.host import HostFacts
from rigprov.model.plan import Plan
from rigprov.model.proof import Proof
from rigprov.model.record import Record
from rigprov.model.run import HostRun
from rigprov.model.target import Target


def kept(
    found: Mapping[str, Proof | RigprovError],
    *,
    command: Literal["verify", "apply"],
    facts: Mapping[str, HostFacts],
    plans: Mapping[str, Plan],
    targets: Iterable[Target],
    access: Access,
    runs: Iterable[HostRun] = (),
) -> dict[str, Proof | RigprovError]:
    """What was found, with each proof dated, kept, and compared with the last one of its kind.

    Args:
        found: what came of each host.
        command: that measured.
        facts: of each host that was measured.
        plans: likewise; a server that was measured without a tier has none.
        targets: how the hosts are reached; their secrets are kept out.
        access: likewise.
        runs: what `apply` did to each host.
    """
    changed = {run.host: changed_tasks(run) for run in runs}
    proofs = proofs_folder(os.environ)
    mask = Masker(secret for target in targets for secret in _secrets(target, access, plans.get(target.name)))
    dated = dict(found)
    for host, proof in found.items():
        if isinstance(proof, Proof):
            taken = proof.taken or datetime.now(UTC).isoformat(timespec="seconds")
            record = Record(
                command=command,
                proof=replace(proof, taken=taken),
                machine=machine(facts[host]),
                plan=plan_summary(plans.get(host)),
                changed=changed.get(host),
                no_samples=no_samples(proof),
            )
            record = _compared(record, proofs)
            keep(proofs, record, mask=mask, warn=warn)
            dated[host] = record.proof
    return dated


def kept_checks(
    found: Mapping[str, HostCompliance | RigprovError],
    tier: str,
    *,
    plans: Mapping[str, Plan],
    targets: Iterable[Target],
    access: Access,
) -> None:
    """Keep what a compliance check of all controls found, for the report.

    Args:
        found: what came of each host.
        tier: whose plan it was held against; "": none.
        plans: of each host, where there is a tier.
        targets: how the hosts are reached; their secrets are kept out.
        access: likewise.
    """
    mask = Masker(secret for target in targets for secret in _secrets(target, access, plans.get(target.name)))
    taken = datetime.now(UTC).isoformat(timespec="seconds")
    for one in found.values():
        if isinstance(one, HostCompliance):
            keep_check(checks_folder(os.environ), Checked(one, taken, tier), mask=mask, warn=warn)


def _compared(record: Record, proofs: Path) -> Record:
    before = last(proofs, record.proof.host, lambda earlier: comparable(record.proof, earlier.proof), warn)
    return with_difference(record, before)


def facts_after(
    before: Mapping[str, HostFacts], runs: Iterable[HostRun], targets: Iterable[Target], access: Access
) -> dict[str, HostFacts]:
    """Facts as they are after the roles, which may have installed a driver: asked again of hosts where something changed."""
    changed = {run.host for run in runs if run.changed}
    asked = tuple(target for target in targets if target.name in changed)
    facts = dict(before)
    for host, found in (collect(asked, access) if asked else {}).items():
        try:
            facts[host] = facts[host] if isinstance(found, RigprovError) else host_facts(found)
        except RigprovError:  # the host told less than before: what it told before is kept
            continue
    return facts


def warn(line: str) -> None:
    """One line on standard error, away from the command's data."""
    print(f"warning: {line}", file=sys.stderr, flush=True)


def _secrets(target: Target, access: Access, plan: Plan | None) -> set[str]:
    password = become_password(target, access)
    own = secrets_in(target.variables) | secrets_in(os.environ) | secrets_in(plan.variables() if plan else {})
    return own | ({password} if password else set())

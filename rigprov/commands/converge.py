"""One run of a playbook for planned hosts, with its log. Used by `apply` and `rollback`."""

import dataclasses
import os
from collections.abc import Callable, Iterable, Mapping

from rigprov.apply.events import Event
from rigprov.apply.history import SUMMARY, expected
from rigprov.apply.inventory import build, connection
from rigprov.apply.logs import open_log, runs_directory, secrets_in
from rigprov.apply.runner import run
from rigprov.errors import ApplyError
from rigprov.facts.connection import Access, become_password
from rigprov.model.host import HostFacts
from rigprov.model.run import RunSummary
from rigprov.model.target import Target


def converge(
    playbook: str,
    variables: Mapping[str, Mapping[str, object]],
    *,
    targets: Mapping[str, Target],
    facts: Mapping[str, HostFacts],
    access: Access,
    on_event: Callable[[Event], None],
    check: bool,
    forks: int,
    keep_times: bool = True,
) -> RunSummary:
    """Run the playbook on `targets`, each with its variables.

    `keep_times`: later runs may estimate their own length from this one; never for a dry run.

    Raises:
        ApplyError: Ansible could not be started, or the log cannot be written.
    """
    connections = {host: connection(target, access, facts[host].privilege) for host, target in targets.items()}
    inventory = build({host: variables[host] for host in targets}, targets, connections)
    secrets = {secret for host, target in targets.items() for secret in _secrets(target, access, variables[host])}
    runs = runs_directory(os.environ)
    try:
        log = open_log(runs, secrets)
    except OSError as error:
        raise ApplyError(f"the log of the run cannot be written to {runs}: {error.strerror}", hint="set XDG_STATE_HOME") from None
    try:
        summary = run(playbook, inventory, log=log, on_event=on_event, check=check, forks=forks)
        if keep_times and not check:
            log.document(SUMMARY, dataclasses.asdict(summary))
        return summary
    finally:
        log.close()


def expectations(hosts: Iterable[str]) -> dict[str, dict[str, float]]:
    """How long the roles took earlier, in seconds."""
    return expected(runs_directory(os.environ), hosts)


def _secrets(target: Target, access: Access, variables: Mapping[str, object]) -> set[str]:
    password = become_password(target, access)
    environment = secrets_in(os.environ)  # a token in rigprov's own environment could turn up in an error message
    return secrets_in(target.variables) | secrets_in(variables) | environment | ({password} if password else set())

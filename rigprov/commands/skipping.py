"""Which roles need not run, since all that they left on a host is still there; and who works on a host already."""

import sys

from rigprov.commands.apply_state import State
from rigprov.errors import Exit
from rigprov.ledger.judge import judge, lock_of
from rigprov.ledger.stamp import stamps
from rigprov.ledger.watch import gone
from rigprov.model.outcome import Outcome
from rigprov.report.json import plain
from rigprov.report.ledger import ledger_text


def stop_at_others(state: State) -> None:
    """Leave out hosts on which another run is at work: what they are is changing."""
    for host in list(state.targets):
        held, token = lock_of(state.facts[host].ledger)
        if held and not gone(token):
            message = f"another run works on this host: {held}"
            state.ending.note("another-run", message, Exit.BLOCKED, hint="wait until it has ended, then run again", host=host)
            state.targets.pop(host)
    state.stop_if_empty()


def judged(state: State, host: str) -> None:
    """Hold what the host told of its ledger against its plan."""
    facts = state.facts[host]
    state.verdicts[host] = judge(facts.ledger, stamps(state.plans[host]))


def show(state: State) -> None:
    """Say on stderr what of a host is not as it was left. Nothing on a host that rigprov has never seen."""
    for host in state.targets:
        verdicts = state.verdicts[host]
        if any(verdict.state in {"drifted", "changed"} or "not believed" in verdict.reason for verdict in verdicts.values()):
            print(ledger_text(host, verdicts) + "\n", file=sys.stderr, flush=True)


def detected(state: State) -> Outcome:
    """What `--detect` reports: drift is exit code 5, and so is a role of which nothing is known that could be believed."""
    for host, verdicts in state.verdicts.items():
        roles = [verdict.role for verdict in verdicts.values() if verdict.state != "holds"]
        if roles:
            message = f"not as the last run left it: {', '.join(roles)}"
            state.ending.note("drift", message, Exit.BELOW_FLOOR, hint="`rigprov apply` runs these roles again", host=host)
    return Outcome(
        "apply",
        data={"detect": True, "hosts": {host: {"ledger": plain(verdicts)} for host, verdicts in state.verdicts.items()}},
        text="\n".join(ledger_text(host, verdicts) for host, verdicts in state.verdicts.items()),
        problems=state.ending.problems,
        exit=state.ending.exit,
    )

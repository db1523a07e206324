"""The plan of every host, and the user's word on it: the two steps of `rigprov apply` that change nothing."""

import sys

from rigprov.commands.apply_state import State
from rigprov.commands.asking import ask_again
from rigprov.commands.reach import confirmed
from rigprov.commands.skipping import judged, show
from rigprov.errors import Exit
from rigprov.facts.connection import become_password
from rigprov.model.plan import Plan
from rigprov.plan.build import build_plan
from rigprov.plan.consent import Consent, Reboot, named_disks
from rigprov.report.plan import plan_text
from rigprov.verify.unmeasured import unmeasured


def plan(state: State) -> None:
    """Plan each host, show the plans, and take out hosts whose plan cannot be carried out."""
    if doubtful := [host for host in state.targets if host in state.late and not _nothing_to_do(state, host)]:
        ask_again(state, doubtful)
    for host in list(state.targets):
        made = _judged(state, host)
        if state.args.detect:
            continue
        held = [role for role in made.roles if role not in state.running(host)]
        print(f"{plan_text(made, held=held)}", file=sys.stderr, flush=True)
        if state.ending.blocked(made):
            state.targets.pop(host)
            if not state.args.check and not state.args.no_verify:
                state.proofs[host] = unmeasured(made, state.facts[host])
    if state.args.detect:
        state.stopped = True
        return
    show(state)
    state.stop_if_empty()


def _nothing_to_do(state: State, host: str) -> bool:
    """Whether it makes no difference what the sources say that did not answer in time: nothing would be fetched from them."""
    return not _judged(state, host).blockers and not state.running(host)


def _judged(state: State, host: str) -> Plan:
    state.plans[host] = _planned(state, host, state.args.reboot)
    judged(state, host)
    return state.plans[host]


def _planned(state: State, host: str, reboot: Reboot) -> Plan:
    assert state.tier is not None  # noqa: S101 - read_input ran
    target = state.targets[host]
    consent = Consent(
        reboot=reboot,
        format=named_disks(state.args.format),
        remove_conflicts=state.args.remove_conflicts,
        sudo_password=become_password(target, state.access) is not None,
        local=target.local,
    )
    return build_plan(state.facts[host], state.tier, state.wishes[host], consent)


def ask(state: State) -> None:
    """The one question. Agreeing to it at the terminal is agreeing to the reboots that it names; `--yes` agrees to none."""
    running = [host for host in state.targets if state.running(host)]
    if state.args.check or not running:
        return
    restarted = [host for host in running if state.plans[host].reboot and state.args.reboot == "ask"]
    if restarted and state.args.yes:
        _refuse_reboots(state, restarted)
        return
    if not confirmed(f"Carry this out on {', '.join(running)}?{_restarts(state, restarted)}", yes=state.args.yes):
        state.ending.note("not-confirmed", "nothing was changed, since you did not agree", Exit.INTERRUPTED)
        state.stopped = True
        return
    for host in restarted:
        state.plans[host] = _planned(state, host, "no" if state.targets[host].local else "yes")


def _restarts(state: State, hosts: list[str]) -> str:
    local = [host for host in hosts if state.targets[host].local]
    others = [host for host in hosts if host not in local]
    words = f" {', '.join(others)} will be rebooted once." if others else ""
    return words + (f" {', '.join(local)} has to be rebooted by you afterwards." if local else "")


def _refuse_reboots(state: State, hosts: list[str]) -> None:
    for host in hosts:
        message = f"a reboot is needed ({state.plans[host].reboot}), and `--yes` alone does not agree to one"
        fix = "agree with --reboot yes; or say --reboot no, reboot it yourself when the run stops, and run the same command again"
        state.ending.note("reboot-consent", message, Exit.BLOCKED, hint=fix, host=host)
        state.targets.pop(host)
    state.stop_if_empty()

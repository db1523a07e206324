"""A plan that needs a reboot, and whether it may have one."""

from rigprov.model.plan import Blocker
from rigprov.plan.consent import Consent


def blockers(reason: str | None, consent: Consent) -> tuple[Blocker, ...]:
    """Why a plan with a reboot cannot be carried out as things stand.

    With "no" it can: the host is left as it is right before the reboot, and the next run goes on from there. With "ask" the
    question is still to come.
    """
    if reason is None or consent.reboot != "yes" or not consent.local:
        return ()
    message = f"a reboot is needed ({reason}), and rigprov does not reboot the machine that it runs on"
    fix = "say --reboot no: everything up to the reboot is done; then reboot, and run the same command again"
    return (Blocker("reboot-local", message, fix),)

"""What rigprov noted of its roles: without it every run takes minutes, and a change by hand is not seen."""

import json

from rigprov.compliance.control import control, expect
from rigprov.compliance.machine import Machine, skip

ROLE = "base"
_FOLDER = "/var/lib/rigprov/ledger"
_AGAIN = "`rigprov apply` runs the role again and notes it anew"


def _entries(machine: Machine) -> list[str]:
    """Names of the roles that are noted."""
    return [name.removesuffix(".json") for name in machine.out(f"ls {_FOLDER} 2>/dev/null").split() if name.endswith(".json")]


def _identity(machine: Machine) -> str:
    """What stands in for a machine-id that is not there is described in docs/ledger.md."""
    found = machine.out("cat /etc/machine-id 2>/dev/null")
    if found not in ("", "uninitialized"):
        return found
    return f"boot {machine.out('cat /proc/sys/kernel/random/boot_id')} of {machine.out('uname -n')}"


def _fault(machine: Machine, role: str) -> str:
    """What is wrong with a role's entry; empty where it is sound."""
    try:
        entry = json.loads(machine.out(f"cat {_FOLDER}/{role}.json"))
        noted, where = entry["role"], entry["machine_id"]
    except (ValueError, TypeError, KeyError) as error:
        return f"{role}: cannot be read ({type(error).__name__})"
    if noted != role:
        return f"{role}: it speaks of {noted}"
    if where != _identity(machine):
        return f"{role}: written on another machine"
    return ""


@control(
    "RIG-LED-001", severity="medium", role=ROLE,
    reason="a role whose end is not noted was cut off, and nothing says what was changed by hand since",
    fix=_AGAIN,
)  # fmt: skip
def test_every_role_is_noted(machine: Machine) -> None:
    """The end of every role that the plan runs is in the ledger."""
    roles = machine.promises.roles
    if roles is None:
        skip("no role is promised")
    missing = sorted(set(roles) - set(_entries(machine)))
    expect(not missing, found=f"{len(missing)} not noted", expected="each of them", output=missing)


@control(
    "RIG-LED-002", severity="medium", role=ROLE,
    reason="a ledger that is broken, or came with a copied disk, is not believed: its role runs in full each time",
    fix=_AGAIN,
)  # fmt: skip
def test_the_ledger_is_this_machine_s(machine: Machine) -> None:
    """Every entry of the ledger can be read and was written on this machine."""
    roles = _entries(machine)
    if not roles:
        skip("there is no ledger (RIG-LED-001)")
    faults = [fault for role in roles if (fault := _fault(machine, role))]
    expect(not faults, found=f"{len(faults)} not usable", expected="all of this machine", output=faults)

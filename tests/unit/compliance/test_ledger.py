"""The ledger as the compliance suite sees it: there, readable, of this machine."""

import json

import pytest

from rigprov.compliance.control import DeviationError
from tests.unit.compliance.fake import NO, Answers, functions, machine

TESTS = functions()
FOLDER = "/var/lib/rigprov/ledger"
ID = "d481ac308438435389d4330be24fdfbd"


def entry(role: str = "base", machine_id: str = ID) -> str:
    return json.dumps({"format": 1, "role": role, "machine_id": machine_id})


def answers(base: str, names: str = "base.json\n") -> Answers:
    return {rf"^ls {FOLDER}": names, rf"^cat {FOLDER}/base.json": base, r"^cat /etc/machine-id": f"{ID}\n"}


@pytest.mark.parametrize(
    ("base", "fault"),
    [
        ("{", "base: cannot be read (JSONDecodeError)"),
        ("[]", "base: cannot be read (TypeError)"),
        ("{}", "base: cannot be read (KeyError)"),
        (entry("docker"), "base: it speaks of docker"),
        (entry(machine_id="0" * 32), "base: written on another machine"),
        (entry(machine_id=""), "base: written on another machine"),
    ],
)
def test_an_entry_that_is_not_believed(base: str, fault: str) -> None:
    with pytest.raises(DeviationError, match="1 not usable") as failed:
        TESTS["RIG-LED-002"](machine(answers(base)))
    assert fault in failed.value.output


def test_a_sound_ledger() -> None:
    TESTS["RIG-LED-001"](machine(answers(entry()), roles=("base",)))
    TESTS["RIG-LED-002"](machine(answers(entry())))


@pytest.mark.parametrize("kept", [NO, "uninitialized\n"])
def test_a_machine_without_an_id_is_known_by_boot_and_name(kept: str | tuple[int, str]) -> None:
    here: Answers = {r"^cat /etc/machine-id": kept, r"^cat /proc/sys/kernel/random/boot_id": "77-1\n", r"^uname -n": "rig\n"}
    TESTS["RIG-LED-002"](machine({**answers(entry(machine_id="boot 77-1 of rig")), **here}))
    with pytest.raises(DeviationError, match="1 not usable"):
        TESTS["RIG-LED-002"](machine({**answers(entry(machine_id="boot 77-2 of rig")), **here}))


def test_a_role_that_is_not_noted() -> None:
    with pytest.raises(DeviationError, match="1 not noted") as failed:
        TESTS["RIG-LED-001"](machine(answers(entry()), roles=("base", "swap")))
    assert "swap" in failed.value.output


def test_without_a_ledger_there_is_nothing_to_read() -> None:
    nothing: Answers = {rf"^ls {FOLDER}": NO}
    with pytest.raises(pytest.skip.Exception, match="RIG-LED-001"):
        TESTS["RIG-LED-002"](machine(nothing))

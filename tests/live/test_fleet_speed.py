"""A rolling run whose gate is the speed: every host is measured before the next ones begin."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from rigprov.errors import Exit
from tests.live.test_apply import out
from tests.live.test_fleet import STATE, started, words
from tests.live.test_verify import tier
from tests.targets import Target

pytestmark = [pytest.mark.live, pytest.mark.nightly]

Targets = Callable[..., list[Target]]
Rigprov = Callable[..., subprocess.CompletedProcess[str]]
PORT = 8080  # of the engine
CHANGE = ("--set", 'model_storage.users=["ops"]')  # makes one role run again, and so the old proof stand no more
CHANGED = "id -nG ops | grep -w models"


def take_port(target: Target) -> None:
    """Break a host by hand: somebody's program is where the engine was."""
    server = f"python3 -m http.server {PORT} --bind 127.0.0.1"
    out(target, f"sudo systemctl stop rigprov-llm; sudo systemd-run -q --unit taken {server}; sleep 1; systemctl is-active taken")


# Twenty take the better part of an hour on two cores.
@pytest.mark.parametrize(("count", "serial"), [(5, "1,2"), pytest.param(20, "1,4,5", marks=pytest.mark.fleet)])
def test_a_gate_of_speed(targets: Targets, rigprov: Rigprov, tmp_path: Path, count: int, serial: str) -> None:
    fleet = targets(count, docker=False, disk_mib=4000)
    proof, page = tier(tmp_path, 1.0), tmp_path / "all.html"
    bare = rigprov(*words(proof, fleet, tmp_path, "--serial", serial, "--html", str(page)), timeout_s=3600)
    assert bare.returncode == 0, bare.stderr
    assert len(re.findall(r"^live-\S+ +proof +done +\d+ +0 +pass +[\d.]+ +1$", bare.stdout, re.MULTILINE)) == count, bare.stdout
    assert f"{count} machines:" in page.read_text()

    quick = rigprov(*words(proof, fleet, tmp_path, "--serial", serial))
    assert quick.returncode == 0, quick.stderr
    assert "measuring" not in quick.stderr, "the kept proofs stand"

    sick, rest = fleet[3], fleet[5 if count > 5 else 4 :]
    before = [out(target, STATE) for target in rest]
    line = words(proof, fleet, tmp_path, "--serial", "1,2" if count == 5 else serial, "--json", *CHANGE)
    with started(line, tmp_path / "home", "batch 1 of ") as process:
        take_port(sick)
        _, errors = process.communicate(timeout=3600)
    document = json.loads((tmp_path / "home/out").read_text())
    states = {row["host"]: row for row in document["data"]["table"]}
    assert process.returncode in {Exit.APPLY_FAILED, Exit.BELOW_FLOOR}, errors
    stop = document["problems"][-1]["message"]
    assert f"{sick.name} did not pass the gate `speed`: " in stop
    assert str(PORT) in stop
    assert [states[target.name]["state"] for target in fleet].count("not started") >= len(rest) - 1
    for target, found in zip(rest, before, strict=True):
        if states[target.name]["state"] == "not started":
            assert out(target, STATE) == found, "untouched"
            assert target.run(CHANGED).returncode == 1
    assert fleet[0].run(CHANGED).returncode == 0

    on = rigprov(*words(proof, fleet, tmp_path, "--serial", serial, *CHANGE), timeout_s=3600)
    assert on.returncode == 0, on.stderr
    assert re.search(rf"^{sick.name} +proof +quarantined ", on.stdout, re.MULTILINE)
    out(sick, "sudo systemctl stop taken; sudo systemctl start rigprov-llm")
    well = rigprov("apply", "--yes", "--tier", proof, *CHANGE, "-F", sick.ssh_config, sick.name)
    assert well.returncode == 0, well.stderr
    assert f"{sick.name}: passes again, and is out of quarantine" in well.stderr

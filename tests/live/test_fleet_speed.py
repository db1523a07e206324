"""A rolling run whose gate is the speed: every host is measured before the next ones begin."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from rigprov.errors import Exit
from tests.live.test_apply import out
from tests.live.test_fleet import STATE, started, watches, words
from tests.live.test_verify import tier
from tests.targets import Target

pytestmark = [pytest.mark.live, pytest.mark.nightly]

__all__ = ["watches"]  # a fixture
Targets = Callable[..., list[Target]]
Rigprov = Callable[..., subprocess.CompletedProcess[str]]
PORT = 8080  # of the engine
CHANGE = ("--set", 'model_storage.users=["ops"]')  # makes one role run again, and so the old proof stand no more
CHANGED = "id -nG ops | grep -w models"


def take_port(target: Target) -> None:
    """Break a host by hand: somebody's program is where the engine was."""
    server = f"python3 -m http.server {PORT} --bind 127.0.0.1"
    out(target, f"sudo systemctl stop rigprov-llm; sudo systemd-run -q --unit taken {server}; sleep 1; systemctl is-active taken")


# Each host takes some minutes on two cores.
@pytest.mark.parametrize(("count", "serial"), [(5, "1,2"), pytest.param(20, "1,4,5", marks=pytest.mark.fleet)])
@pytest.mark.usefixtures("watches")
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

    high = rigprov(*words(tier(tmp_path, 1e6), fleet, tmp_path, "--serial", "1", "--json"), timeout_s=3600)
    document = json.loads(high.stdout)
    assert high.returncode == Exit.BELOW_FLOOR, high.stderr
    stop = document["problems"][-1]["message"]
    assert stop.startswith(f"the roll stopped at batch 1 of {count}: {fleet[0].name} did not pass the gate `speed`: ")
    assert [row["state"] for row in document["data"]["table"]] == ["done"] + ["not started"] * (count - 1)

    proof, sick, coming = tier(tmp_path, 1.0), fleet[2], fleet[5 if count > 5 else 3 :]
    before = [out(target, STATE) for target in coming]
    line = words(proof, fleet, tmp_path, "--serial", serial, "--include-quarantined", "--json", *CHANGE)
    with started(line, tmp_path / "home", "batch 1 of ") as process:
        take_port(sick)
        _, errors = process.communicate(timeout=3600)
    assert process.returncode == Exit.APPLY_FAILED, errors
    assert f"{fleet[0].name}: passes again, and is out of quarantine" in errors
    document = json.loads((tmp_path / "home/out").read_text())
    stop = document["problems"][-1]["message"]
    assert f"{sick.name} did not pass the gate `roles`: " in stop
    assert str(PORT) in stop
    states = {row["host"]: row["state"] for row in document["data"]["table"]}
    assert {states[target.name] for target in coming} == {"not started"}
    assert [out(target, STATE) for target in coming] == before, "untouched"
    assert fleet[0].run(CHANGED).returncode == 0

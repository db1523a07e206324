"""Rolling runs over real machines: a gate stops them, who failed is quarantined, and two controllers do not clash."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from rigprov.errors import Exit
from tests.live.test_apply import SMALL, out
from tests.targets import Target

pytestmark = pytest.mark.live

Targets = Callable[..., list[Target]]
Rigprov = Callable[..., subprocess.CompletedProcess[str]]
WATCHES = 1024
# What a run could leave, with the times of its last change. Reading it leaves nothing.
STATE = "sudo find /etc /opt /srv /var/lib/rigprov -xdev -printf '%p %s %m %u %T@\\n' | sort; id ops"


def inventory(folder: Path, fleet: list[Target]) -> Path:
    path = folder / "fleet.ini"
    path.write_text("[rigs]\n" + "".join(f"{target.name}\n" for target in fleet))
    return path


def words(tier: Path, fleet: list[Target], folder: Path, *more: str) -> list[str]:
    way = ["-F", str(fleet[0].ssh_config), "-i", str(inventory(folder, fleet))]
    return ["apply", "--yes", "--tier", str(tier), *way, *(more if "rigs" in more else ("rigs", *more))]


def ends(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    data: dict[str, Any] = json.loads(done.stdout)["data"]
    return {row["host"]: row["state"] for row in data["table"]}


@contextmanager
def started(line: list[str], home: Path, until: str) -> Iterator[subprocess.Popen[str]]:
    """Another controller, with a state of its own, that has said `until`."""
    home.mkdir(exist_ok=True)
    env = {**os.environ, "HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "PYTHONUNBUFFERED": "1"}
    with (home / "out").open("w") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "rigprov", *line],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        try:
            for text in process.stderr:
                if until in text:
                    break
            yield process
        finally:
            process.kill()
            process.communicate()


@pytest.fixture
def watches() -> Iterator[None]:
    """Every booted machine takes some of root's inotify instances, and the kernel's usual 128 are enough for fifteen or so."""
    setting = Path("/proc/sys/fs/inotify/max_user_instances")
    before = int(setting.read_text())
    setting.write_text(str(max(before, WATCHES)))
    yield
    setting.write_text(str(before))


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.py"
    path.write_text(SMALL)
    return path


def test_a_host_that_fails_stops_the_roll_and_is_quarantined(
    targets: Targets, rigprov: Rigprov, small: Path, tmp_path: Path
) -> None:
    fleet = targets(3, docker=False, disk_mib=2000)
    first, full, last = fleet
    out(full, "sudo dd if=/dev/zero of=/srv/fill bs=1M 2>/dev/null; sync; df /")
    before = out(last, STATE)
    line = words(small, fleet, tmp_path, "--no-verify", "--serial", "1", "--json")

    done = rigprov(*line)
    assert done.returncode == Exit.APPLY_FAILED, done.stderr
    assert ends(done) == {first.name: "done", full.name: "failed", last.name: "not started"}
    said = json.loads(done.stdout)["problems"][-1]["message"]
    assert said.startswith(f"the roll stopped at batch 2 of 3: {full.name} did not pass the gate `roles`: ")
    assert "the disk is full" in said
    assert said.endswith(f"; not started: {last.name}")
    assert out(last, STATE) == before
    note = tmp_path / "home/state/rigprov/quarantine" / f"{full.name}.json"
    assert f"or by deleting {note}" in done.stderr
    assert json.loads(note.read_text())["gate"] == "roles"

    again = rigprov(*line)  # the rest of the fleet goes on without it
    assert again.returncode == 0, again.stderr
    assert ends(again) == {first.name: "done", full.name: "quarantined", last.name: "done"}
    assert f"{full.name}: quarantined since " in again.stderr

    out(full, "sudo rm /srv/fill")
    alone = rigprov(*words(small, fleet, tmp_path, "rigs", "--no-verify", "--serial", "1", "--include-quarantined"))
    assert alone.returncode == 0, alone.stderr
    assert f"{full.name}: passes again, and is out of quarantine" in alone.stderr
    assert not note.exists()


def test_two_controllers_over_the_same_hosts_do_not_clash(
    targets: Targets, rigprov: Rigprov, small: Path, tmp_path: Path
) -> None:
    fleet = targets(2, docker=False)
    line = words(small, fleet, tmp_path, "--no-verify", "--serial", "1")
    with started(line, tmp_path / "one", ": base (") as one:
        two = rigprov(*line, "--json")
        assert two.returncode == Exit.BLOCKED, two.stderr
        assert ends(two) == {fleet[0].name: "blocked", fleet[1].name: "not started"}
        assert "the roll was not begun: " in two.stderr
        assert f"{fleet[0].name}: another run works on this host: " in two.stderr
        assert not (tmp_path / "home/state/rigprov/quarantine").exists()
        one.communicate(timeout=300)
        assert one.returncode == 0
    after = rigprov(*line)
    assert after.returncode == 0, after.stderr
    assert after.stdout.count("nothing changed; it already was as planned") == 2


@pytest.mark.nightly
@pytest.mark.fleet
@pytest.mark.usefixtures("watches")
def test_twenty_at_once_and_one_that_breaks_during_the_roll(
    targets: Targets, rigprov: Rigprov, small: Path, tmp_path: Path
) -> None:
    """Converged together; then the roll's third batch holds one that broke while the first was worked on."""
    fleet = targets(20, docker=False, disk_mib=2000)
    sick, coming = fleet[7], fleet[10:]
    done = rigprov(*words(small, fleet, tmp_path, "--no-verify", "--forks", "20", "--json"), timeout_s=3600)
    assert done.returncode == 0, done.stderr
    assert set(ends(done).values()) == {"done"}

    before = [out(target, STATE) for target in coming]
    change = ("--set", 'model_storage.users=["ops"]')
    line = words(small, fleet, tmp_path, "--no-verify", "--serial", "1,4,5", "--json", *change)
    with started(line, tmp_path / "home", "batch 1 of 5") as process:
        out(sick, "sudo mv /usr/sbin/usermod /usr/sbin/usermod.away")
        _, errors = process.communicate(timeout=3600)
    assert process.returncode == Exit.APPLY_FAILED, errors
    document = json.loads((tmp_path / "home/out").read_text())
    stop = document["problems"][-1]["message"]
    assert stop.startswith(f"the roll stopped at batch 3 of 5: {sick.name} did not pass the gate `roles`: "), stop
    assert "usermod" in stop
    assert stop.endswith(f"; not started: {', '.join(target.name for target in coming)}")
    assert [out(target, STATE) for target in coming] == before, "untouched"
    reached = [target for target in fleet[:10] if target is not sick]
    assert [target.name for target in reached if target.run("id -nG ops | grep -w models").returncode] == []

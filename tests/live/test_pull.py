"""A machine that boots with the output of `rigprov cloud-init`, by the real cloud-init, and sets itself up: nobody logs in."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rigprov.errors import Exit
from tests.live.play import out
from tests.live.self_provisioning import Wheel, console, power_cycle, printed, result, seed, waited
from tests.targets import Target

pytestmark = [pytest.mark.live, pytest.mark.nightly]

Targets = Callable[..., list[Target]]
Rigprov = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory, module_target: Target) -> Iterator[Wheel]:
    """After the first target, which brings the network up."""
    made = Wheel(tmp_path_factory.mktemp("dist"))
    yield made
    made.close()


def user_data(rigprov: Rigprov, wheel: Wheel, folder: Path, *more: str) -> Path:
    path = folder / "user-data"
    words = ("--tier", "starter", "--model", "smollm2-135m", *wheel.source(), *more, "--output", path)
    done = rigprov("cloud-init", *words)
    assert done.returncode == 0, done.stderr
    return path


def test_it_sets_itself_up_measures_and_goes_on_after_the_power_was_cut(
    module_target: Target, wheel: Wheel, rigprov: Rigprov, tmp_path: Path
) -> None:
    target = module_target
    seed(target, user_data(rigprov, wheel, tmp_path, "--every", "1h"))
    assert "Valid cloud-config" in out(target, "sudo cloud-init schema -c /var/lib/cloud/seed/nocloud/user-data 2>&1")
    power_cycle(target)
    waited(target, "running")
    time.sleep(8)  # roles are at work
    power_cycle(target, lose_unwritten=True)

    found = waited(target, "verified", "failed")
    assert (found["state"], found["verdict"], found["exit"]) == ("verified", "pass", 0), found
    assert found["tokens_per_second"] >= found["floor"] == 10
    said = rf"rigprov\[\d+\]: rigprov: verified: smollm2-135m {found['tokens_per_second']:.1f} tok/s decode \(floor 10\)"
    printed(target, said)
    assert (target.root / "var/lib/rigprov/pull/result.txt").read_text().startswith("verified: smollm2-135m ")


def test_the_next_boot_does_nothing(module_target: Target) -> None:
    before = result(module_target)
    power_cycle(module_target)
    assert out(module_target, "systemctl show -p ConditionResult --value rigprov-provision") == "no"
    assert result(module_target) == before


def test_a_tick_of_the_timer_changes_nothing_and_says_nothing(module_target: Target) -> None:
    before = result(module_target)
    assert "rigprov-pull.timer" in out(module_target, "systemctl list-timers --no-pager")
    out(module_target, "sudo systemctl start --wait rigprov-pull.service")
    found = result(module_target)
    assert (found["state"], found["changed"], found["measured"]) == ("verified", 0, before["measured"])
    assert found["began"] > before["began"]
    assert out(module_target, "sudo journalctl -q -o cat _SYSTEMD_UNIT=rigprov-pull.service") == ""


def test_what_was_changed_by_hand_is_put_back_and_said(module_target: Target) -> None:
    out(module_target, "echo 'verify: false' | sudo tee -a /etc/rigprov/pull.yml; sudo chmod 700 /srv/models")
    out(module_target, "sudo systemctl start --wait rigprov-pull.service")
    found = result(module_target)
    assert (found["state"], found["changed"], out(module_target, "stat -c %a /srv/models")) == ("applied", 1, "2775")
    assert "/srv/models" in out(module_target, "sudo journalctl -q -o cat _SYSTEMD_UNIT=rigprov-pull.service")


def test_by_hand_one_at_a_time_and_settings_that_are_wrong(module_target: Target) -> None:
    both = module_target.run("sudo rigprov pull -q & sleep 0.7; sudo rigprov pull -q; echo $?; wait")
    assert both.stdout.split() == [str(int(Exit.BLOCKED))], both.stderr
    assert "another pull works on this machine: process " in both.stderr
    refused = module_target.run("sudo sh -c 'echo teir: x >> /etc/rigprov/pull.yml; rigprov pull -q'")
    assert (refused.returncode, refused.stdout) == (Exit.USAGE, "")
    assert refused.stderr.splitlines() == [
        "error: /etc/rigprov/pull.yml has the unknown key `teir`",
        "hint: did you mean `tier`?",
    ]
    assert result(module_target)["state"] == "failed"
    assert out(module_target, "sudo rigprov pull --remove-timer") == "removed rigprov-pull.timer, rigprov-pull.service"
    assert "rigprov-pull" not in out(module_target, "systemctl list-timers --all --no-pager")


def test_a_wheel_that_is_not_the_one_that_was_meant_is_not_run(
    targets: Targets, wheel: Wheel, rigprov: Rigprov, tmp_path: Path
) -> None:
    (target,) = targets()
    text = user_data(rigprov, wheel, tmp_path).read_text().replace(wheel.sha256, "0" * 64)
    (tmp_path / "user-data").write_text(text)
    seed(target, tmp_path / "user-data")
    power_cycle(target)
    found = waited(target, "failed")
    assert [problem["message"] for problem in found["problems"]] == ["rigprov could not be installed"]
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in console(target)
    assert not (target.root / "var/lib/rigprov/pull/provisioned").exists()
    assert out(target, "ls /opt/rigprov") == "000000000000\nfetched".replace("000000000000", "0.1.0-000000000000") + "\nprovision"


def test_an_existing_machine_gets_the_timer_with_two_lines(targets: Targets, wheel: Wheel, tmp_path: Path) -> None:
    (target,) = targets(docker=False)
    out(target, "sudo apt-get -qq update; sudo DEBIAN_FRONTEND=noninteractive apt-get -qq -y install python3-venv > /dev/null")
    url = wheel.source()[1]
    out(target, f"sudo python3 -m venv /opt/rigprov/own; sudo /opt/rigprov/own/bin/pip install -q {url} 2>&1")
    done = target.run("sudo /opt/rigprov/own/bin/rigprov pull --install-timer --tier starter --no-verify --every 30min --json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["data"] == {"timer": "rigprov-pull.timer", "every": "30min"}
    assert "ExecStart=/opt/rigprov/own/bin/rigprov pull --quiet" in out(target, "systemctl cat rigprov-pull.service")
    assert out(target, "cat /etc/rigprov/pull.yml").splitlines()[1:] == ["tier: starter", "verify: false"]


# What `apply` comes to on a machine whose driver waits for a reboot, once; no throw-away machine has a GPU.
STOPS_ONCE = """\
import pathlib, sys

if "pull" in sys.orig_argv:
    from rigprov.commands import apply
    from rigprov.errors import Exit
    from rigprov.model.outcome import Outcome, Problem

    really, mark = apply.run, pathlib.Path("/var/lib/stopped")

    def run(args):
        if mark.exists():
            return really(args)
        mark.touch()
        task = {"role": "nvidia_driver", "task": "Stop where nobody agreed to a reboot", "outcome": "failed"}
        hosts = {"localhost": {"run": {"changed": 1, "tasks": [task]}}}
        problem = Problem("apply-failed", "A reboot is needed")
        return Outcome("apply", {"hosts": hosts}, problems=(problem,), exit=Exit.APPLY_FAILED)

    apply.run = run
"""
SMALL = """\
from rigprov.model.tier import Needs, Tier

roles = ("base", "model_storage")
TIER = Tier(name="small", summary="", needs=Needs(ram_gib=0.5, disk_gib=0), roles=roles, benchmarks=(), expectation="")
"""


def test_a_reboot_that_is_needed_is_made_by_the_machine_itself(
    targets: Targets, wheel: Wheel, rigprov: Rigprov, tmp_path: Path
) -> None:
    (target,) = targets(docker=False)
    (tmp_path / "small.py").write_text(SMALL)
    words = ("--tier", tmp_path / "small.py", "--no-verify", *wheel.source(), "--output", tmp_path / "user-data")
    done = rigprov("cloud-init", *words)
    assert done.returncode == 0, done.stderr
    seed(target, tmp_path / "user-data")
    for path, text in {"srv/stand-in/sitecustomize.py": STOPS_ONCE, "etc/rigprov/pull.env": "PYTHONPATH=/srv/stand-in\n"}.items():
        (target.root / path).parent.mkdir(parents=True, exist_ok=True)
        (target.root / path).write_text(text)
    power_cycle(target)

    found = waited(target, "applied", "failed")
    assert (found["state"], found["reboots"], found["tier"]) == ("applied", 0, "/etc/rigprov/tiers/small.py"), found
    printed(target, r"rigprov: this machine reboots now, and goes on afterwards")
    assert (target.folder / "exits").read_text().split()[-1] == "133"  # how nspawn tells of a reboot from inside
    assert out(target, "stat -c %G /srv/models") == "models"

"""What a pull leaves behind."""

import stat

import pytest
import yaml

from rigprov.errors import Exit
from rigprov.model.outcome import Outcome, Problem
from rigprov.unattended import result
from rigprov.unattended.result import Moment
from tests.meta.checkout import ROOT

PROOF = {"verdict": "pass", "model": "m", "median": 53.62, "floor": 10.0, "taken": "2026-11-26T19:01:11+00:00"}
WHEN = Moment("a", "b", 1)


def outcome(proof=None, run=None, exit_code=Exit.OK, problems=()):
    hosts = {"localhost": {"proof": proof, "run": run}}
    return Outcome("apply", data={"hosts": hosts, "log_dir": "/l"}, exit=exit_code, problems=problems)


def stopped(role, task, end="failed"):
    return outcome(run={"changed": 4, "tasks": [{"role": role, "task": task, "outcome": end}]}, exit_code=Exit.APPLY_FAILED)


def test_a_proved_machine():
    done = outcome(PROOF, {"changed": 3, "tasks": []})
    document = result.document(done, "starter", result.state_of(done), WHEN)
    assert (document["state"], document["tokens_per_second"], document["floor"], document["changed"]) == (
        "verified",
        53.62,
        10.0,
        3,
    )
    assert result.headline(document) == "verified: m 53.6 tok/s decode (floor 10)"
    assert result.changed(done)


def test_fine_but_not_measured():
    done = outcome(None, {"changed": 0, "tasks": []})
    document = result.document(done, "starter", result.state_of(done), WHEN)
    assert (document["state"], document["tokens_per_second"], result.headline(document)) == ("applied", None, "applied")
    assert not result.changed(done)


def test_a_machine_that_is_too_slow_shows_its_figure():
    slow = outcome({**PROOF, "verdict": "slow"}, exit_code=Exit.BELOW_FLOOR, problems=(Problem("verdict-slow", "why", "fix"),))
    document = result.document(slow, "starter", result.state_of(slow), WHEN)
    assert (document["state"], document["verdict"], document["exit"]) == ("failed", "slow", 5)
    assert document["problems"] == [{"code": "verdict-slow", "message": "why", "hint": "fix"}]
    assert result.headline(document) == "failed: m 53.6 tok/s decode (floor 10)"


def test_an_end_before_any_host():
    document = result.document(Outcome("pull", problems=(Problem("x", "why"),), exit=Exit.USAGE), "t", "failed", WHEN)
    assert (document["verdict"], document["changed"], document["log_dir"]) == (None, None, None)
    assert result.headline(document) == "failed: why"


def test_a_run_that_is_on_has_no_exit_code():
    assert result.document(Outcome("pull"), "t", result.RUNNING, WHEN)["exit"] is None


@pytest.mark.parametrize("task", result.REBOOT_TASKS)
def test_a_stop_right_before_a_reboot(task):
    assert result.wants_reboot(stopped("nvidia_driver", task))
    assert not result.wants_reboot(stopped("nvidia_driver", task, "changed"))
    assert not result.wants_reboot(stopped("docker", task))
    assert not result.wants_reboot(stopped("nvidia_driver", "Install the packages"))
    assert not result.wants_reboot(Outcome("apply"))


def test_these_tasks_are_the_roles():
    tasks = yaml.safe_load((ROOT / f"roles/{result.REBOOT_ROLE}/tasks/reboot.yml").read_text())
    assert {task["name"] for task in tasks} >= set(result.REBOOT_TASKS)


def test_files_are_whole_and_readable_by_all(tmp_path):
    path = tmp_path / "a/b/result.json"
    result.write(path, '{"state": "verified"}')
    assert (result.read(path), stat.S_IMODE(path.stat().st_mode)) == ({"state": "verified"}, 0o644)
    assert [one.name for one in path.parent.iterdir()] == ["result.json"]


@pytest.mark.parametrize("text", ["", "[]", "{", "nix"])
def test_what_cannot_be_read_is_no_result(tmp_path, text):
    (tmp_path / "r").write_text(text)
    assert result.read(tmp_path / "r") == result.read(tmp_path / "none") == {}

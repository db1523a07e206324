"""`rigprov pull` without a machine: settings, results, the reboot that is left to it, its timer."""

import json
import os
import sys

import pytest

from rigprov.cli import main
from rigprov.commands import apply, pulling, ticking
from rigprov.errors import Exit, UsageError
from rigprov.model.outcome import Outcome, Problem
from rigprov.unattended import places, settings
from rigprov.unattended.settings import Settings

STARTER = Settings(tier="starter")
PASS = {"verdict": "pass", "model": "m", "median": 53.6, "floor": 10.0, "taken": "t"}
STOP = {"role": "nvidia_driver", "task": "Stop where nobody agreed to a reboot", "outcome": "failed"}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A machine whose places are a test's own, and whose commands are only noted."""
    state = tmp_path / "state"
    for name, value in {"STATE": state, "RESULT": state / "result.json", "READABLE": state / "result.txt",
                        "PROVISIONED": state / "provisioned", "UNITS": tmp_path / "units"}.items():  # fmt: skip
        monkeypatch.setattr(places, name, value)
    monkeypatch.setattr(ticking, "FILE", tmp_path / "pull.yml")
    monkeypatch.setattr(settings, "FILE", tmp_path / "pull.yml")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(ticking, "_need_systemd", lambda: None)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    called = []
    monkeypatch.setattr(ticking, "_systemctl", lambda *words: called.append(words))
    monkeypatch.setattr(pulling, "_reboot", lambda: called.append(("reboot",)))
    yield called
    os.environ.pop("XDG_STATE_HOME", None)


def ends(monkeypatch, *, proof=None, changed=0, tasks=(), exit_code=Exit.OK, problems=()):
    """What `apply` comes to, and the words it was called with."""
    seen = []
    hosts = {"localhost": {"proof": proof, "run": {"changed": changed, "tasks": list(tasks)}}}

    def run(args):
        seen.append(args)
        print("role 1 of 5", file=sys.stderr)
        return Outcome("apply", data={"hosts": hosts}, text="as apply tells", problems=problems, exit=exit_code)

    monkeypatch.setattr(apply, "run", run)
    return seen


def kept():
    return json.loads(places.RESULT.read_text())


def test_it_is_apply_on_this_machine(monkeypatch):
    seen = ends(monkeypatch, proof=PASS, changed=3)
    done = pulling.pull(Settings(tier="starter", model="smollm2-135m", set=("docker.log_max_size=1m",), verify=False))
    (args,) = seen
    assert (args.hosts, args.yes, args.reboot, args.no_verify, args.tier) == (["localhost"], True, "no", True, "starter")
    assert args.settings == ["docker.log_max_size=1m"]
    assert (done.command, done.exit, done.text) == (
        "pull",
        0,
        "as apply tells\n\nrigprov: verified: m 53.6 tok/s decode (floor 10)",
    )
    assert (kept()["state"], kept()["tokens_per_second"], kept()["changed"]) == ("verified", 53.6, 3)
    assert places.READABLE.read_text().startswith("verified: m 53.6 tok/s decode (floor 10)\n")
    assert os.environ["XDG_STATE_HOME"] == str(places.STATE)
    assert not places.PROVISIONED.exists()


@pytest.mark.parametrize(
    ("changed", "exit_code", "speaks"), [(0, Exit.OK, False), (2, Exit.OK, True), (0, Exit.BELOW_FLOOR, True)]
)
def test_quiet_speaks_only_of_what_is_of_interest(changed, exit_code, speaks, monkeypatch, capsys):
    ends(monkeypatch, proof=PASS, changed=changed, exit_code=exit_code)
    done = pulling.pull(STARTER, quiet=True)
    assert (bool(done.text), capsys.readouterr().err) == (speaks, "role 1 of 5\n" if speaks else "")


def test_a_good_result_stays_while_the_next_run_is_on(monkeypatch):
    ends(monkeypatch, proof=PASS)
    pulling.pull(STARTER)
    during = []

    def run(_args):
        during.append(kept()["state"])
        return Outcome("apply", exit=Exit.BLOCKED)

    monkeypatch.setattr(apply, "run", run)
    pulling.pull(STARTER)
    pulling.pull(STARTER)
    assert during == ["verified", "running"]


@pytest.mark.parametrize("error", [UsageError("no such tier", hint="another"), KeyboardInterrupt(), RuntimeError("x")])
def test_every_end_is_kept(error, monkeypatch):
    def run(_args):
        raise error

    monkeypatch.setattr(apply, "run", run)
    done = pulling.pull(STARTER)
    assert (kept()["state"], kept()["exit"]) == ("failed", int(done.exit))
    assert done.exit in {Exit.USAGE, Exit.INTERRUPTED, Exit.INTERNAL}


def test_anothers_run_leaves_the_result_to_that_one(monkeypatch):
    ends(monkeypatch, proof=PASS)
    pulling.pull(STARTER)
    ends(monkeypatch, exit_code=Exit.BLOCKED, problems=(Problem("another-run", "x"),))
    assert pulling.pull(STARTER).exit is Exit.BLOCKED
    assert kept()["state"] == "verified"


def test_anothers_run_leaves_a_failure_as_it_was(monkeypatch):
    ends(monkeypatch, exit_code=Exit.APPLY_FAILED, problems=(Problem("apply-failed", "no room"),))
    pulling.pull(STARTER)
    before = places.RESULT.read_text(), places.READABLE.read_text()
    ends(monkeypatch, exit_code=Exit.BLOCKED, problems=(Problem("another-run", "x"),))
    pulling.pull(STARTER)
    assert (places.RESULT.read_text(), places.READABLE.read_text()) == before


@pytest.mark.parametrize("every", ["", "hourly", "1min"])
def test_a_time_that_is_none_is_told_before_anything_is_done(every, monkeypatch, capsys):
    seen = ends(monkeypatch, proof=PASS)
    assert main(["pull", "--tier", "starter", "--first", "--every", every]) == Exit.USAGE
    assert (seen, "is not a time between two pulls" in capsys.readouterr().err) == ([], True)


def test_one_pull_at_a_time(monkeypatch):
    seen = ends(monkeypatch)
    places.STATE.mkdir()
    with pulling._alone(places.STATE / "lock") as holder:
        assert holder == ""
        done = pulling.pull(STARTER)
    assert (done.exit, seen) == (Exit.BLOCKED, [])
    assert done.problems[0].message == f"another pull works on this machine: process {os.getpid()}"


def test_a_reboot_that_was_agreed_to_is_made_at_most_three_times(monkeypatch, here):
    ends(monkeypatch, tasks=[STOP], exit_code=Exit.APPLY_FAILED, problems=(Problem("apply-failed", "A reboot is needed"),))
    agreed = Settings(tier="starter", reboot=True)
    states = [(pulling.pull(agreed).exit, kept()["state"], kept()["reboots"]) for _ in range(4)]
    again = [(Exit.APPLY_FAILED, "rebooting", number) for number in (1, 2, 3)]
    assert states == [*again, (Exit.APPLY_FAILED, "failed", 3)]
    assert here == [("reboot",)] * 3
    assert "rebooted 3 times and still asks" in kept()["problems"][0]["hint"]

    ends(monkeypatch, proof=PASS)
    pulling.pull(agreed)
    assert kept()["reboots"] == 0


@pytest.mark.parametrize("count", ["many", None, [1], {}, 2.5, -9])
def test_a_count_of_reboots_that_is_none_is_begun_anew(count, monkeypatch):
    ends(monkeypatch, tasks=[STOP], exit_code=Exit.APPLY_FAILED, problems=(Problem("apply-failed", "A reboot is needed"),))
    places.STATE.mkdir()
    places.RESULT.write_text(json.dumps({"state": "rebooting", "reboots": count}))
    assert pulling.pull(Settings(tier="starter", reboot=True)).exit is Exit.APPLY_FAILED
    assert (kept()["state"], kept()["reboots"]) == ("rebooting", 1)


def test_a_reboot_that_nobody_agreed_to_is_not_made(monkeypatch, here):
    ends(monkeypatch, tasks=[STOP], exit_code=Exit.APPLY_FAILED, problems=(Problem("apply-failed", "A reboot is needed"),))
    assert pulling.pull(STARTER).exit is Exit.APPLY_FAILED
    assert (kept()["state"], here, "reboot: true" in kept()["problems"][0]["hint"]) == ("failed", [], True)


def test_another_failure_reboots_nothing(monkeypatch, here):
    ends(monkeypatch, exit_code=Exit.APPLY_FAILED, problems=(Problem("apply-failed", "x"),))
    pulling.pull(Settings(tier="starter", reboot=True))
    assert (kept()["state"], here) == ("failed", [])


def test_the_first_leaves_its_mark_and_the_timer_when_it_went_well(monkeypatch, here):
    ends(monkeypatch, exit_code=Exit.BELOW_FLOOR)
    pulling.pull(STARTER, first=True, every="1h")
    assert (places.PROVISIONED.exists(), here) == (False, [])
    ends(monkeypatch, proof=PASS)
    pulling.pull(STARTER, first=True, every="1h")
    assert places.PROVISIONED.exists()
    assert here == [("daemon-reload",), ("enable", "rigprov-pull.timer"), ("restart", "rigprov-pull.timer")]


def test_options_win_over_the_file(monkeypatch, tmp_path, capsys):
    seen = ends(monkeypatch, proof=PASS)
    file = tmp_path / "own.yml"
    file.write_text("tier: intermediate\nmodel: qwen3-32b\nverify: true\n")
    assert main(["pull", "--settings", str(file), "--tier", "starter", "--model", "smollm2-135m", "--no-verify"]) == 0
    assert (seen[0].tier, seen[0].model, seen[0].no_verify) == ("starter", "smollm2-135m", True)
    assert capsys.readouterr().out.endswith("rigprov: verified: m 53.6 tok/s decode (floor 10)\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "pull.yml"),
        (["--settings", "none.yml", "--tier", "starter"], "there is no none.yml"),
        (["--tier", "starter", "--every", "1h"], "`--every` belongs to the timer"),
        (["--install-timer", "--remove-timer"], "do not go together"),
        (["--install-timer", "--tier", "starter", "--every", "1s"], "is not a time between two pulls"),
    ],
)
def test_bad_input(words, message, monkeypatch, capsys):
    seen = ends(monkeypatch)
    assert main(["pull", *words]) == Exit.USAGE
    assert message in capsys.readouterr().err
    assert seen == []


def test_only_root(monkeypatch, capsys):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert main(["pull", "--tier", "starter"]) == Exit.USAGE
    assert "hint: run it with sudo" in capsys.readouterr().err


def test_settings_that_are_wrong_show_in_the_result(monkeypatch, tmp_path):
    ends(monkeypatch, proof=PASS)
    pulling.pull(STARTER)
    (tmp_path / "bad.yml").write_text("teir: x\n")
    assert main(["pull", "--settings", str(tmp_path / "bad.yml")]) == Exit.USAGE
    assert (kept()["state"], kept()["exit"], kept()["tokens_per_second"]) == ("failed", 2, None)


def test_the_timer_comes_and_goes_and_settings_that_are_there_stay(here, tmp_path):
    (tmp_path / "pull.yml").write_text("tier: advanced\n")
    done = ticking.install(STARTER, None, None)
    assert done.text == "rigprov-pull.timer pulls every 1h, and up to 1h later"
    assert (tmp_path / "pull.yml").read_text() == "tier: advanced\n"
    assert sorted(path.name for path in places.UNITS.iterdir()) == ["rigprov-pull.service", "rigprov-pull.timer"]
    assert ticking.remove().text == "removed rigprov-pull.timer, rigprov-pull.service"
    assert list(places.UNITS.iterdir()) == []
    assert ticking.remove().text == "there is no timer"
    assert (tmp_path / "pull.yml").exists()


def test_the_timer_writes_settings_where_there_are_none(tmp_path):
    ticking.install(STARTER, None, "30min")
    assert (tmp_path / "pull.yml").read_text().endswith("tier: starter\n")
    with pytest.raises(UsageError, match="the timer reads"):
        ticking.install(STARTER, tmp_path / "other.yml", None)

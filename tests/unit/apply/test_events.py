from typing import Any

import pytest

from rigprov.apply.events import Event, Tally, parse
from rigprov.model.run import HostRun, RoleTime, TaskRecord
from tests.unit.apply.recorded import raw_events, tally

DIRECTORIES = "Create the directories for configuration and records"


def test_first_run_of_a_role() -> None:
    alpha, beta = tally("changed", "alpha", "beta").hosts()
    assert alpha == HostRun(
        host="alpha",
        state="ok",
        ok=7,
        changed=2,
        tasks=(TaskRecord("base", "Install the base packages", "changed"), TaskRecord("base", DIRECTORIES, "changed")),
        roles=(RoleTime("base", 10.77),),
    )
    assert (beta.state, beta.changed) == ("ok", 2)


def test_second_run_changes_nothing_and_a_host_that_is_not_there_is_named() -> None:
    alpha, _, gone = tally("unchanged_and_unreachable", "alpha", "beta", "gone").hosts()
    assert (alpha.state, alpha.changed, alpha.tasks) == ("ok", 0, ())
    assert (gone.state, gone.ok, gone.failure, gone.fix) == (
        "unreachable",
        1,  # the check of the role's arguments, which needs no connection
        "there is no way to it in the network",
        "check that it is on, and its address",
    )


def test_no_log_rescue_ignored_failure_and_real_failure() -> None:
    alpha, beta, gone = tally("mixed", "alpha", "beta", "gone").hosts()
    changed = tuple(TaskRecord("", task, "changed") for task in ("Change", "Secret change", "Loop"))
    assert (alpha.state, alpha.changed, alpha.tasks) == ("ok", 3, changed)  # Ansible itself counts 3
    missing = "No package matching 'no-such-package' is available"
    assert (beta.state, beta.changed, beta.failure) == ("failed", 3, missing)
    assert beta.tasks == (*changed, TaskRecord("", "Real fail", "failed", missing))
    assert gone.state == "unreachable"


def test_full_disk_is_a_failure_of_the_host_not_of_the_connection() -> None:
    alpha, beta = tally("disk_full", "alpha", "beta").hosts()
    assert (alpha.state, alpha.changed) == ("ok", 2)
    assert (beta.state, beta.failure) == ("failed", "the disk is full")


def test_interrupted_run_has_no_statistics() -> None:
    states = [run.state for run in tally("interrupted", "alpha", "beta").hosts(interrupted=True)]
    assert states == ["interrupted", "interrupted"]


def test_run_that_broke_off_by_itself_is_a_failure() -> None:
    (alpha,) = tally("interrupted", "alpha").hosts(broken="out of memory")
    assert (alpha.state, alpha.failure) == ("failed", "ansible-playbook ended without a result: out of memory")


def test_failure_before_an_interrupt_stays_a_failure() -> None:
    cut = Tally(["alpha", "beta"])
    cut.take(Event("failed", "alpha", "docker", "Install", 1.0, {"msg": "No space left on device"}))
    alpha, beta = cut.hosts(interrupted=True)
    assert (alpha.state, beta.state) == ("failed", "interrupted")


def test_never_started() -> None:
    assert not tally("never_started", "alpha").started
    assert tally("changed", "alpha").started


def test_host_without_any_event() -> None:
    (_, _, ghost) = tally("changed", "alpha", "beta", "ghost").hosts()
    assert ghost.state == "not_started"


@pytest.mark.parametrize(
    ("raw", "event"),
    [
        ({"event": "verbose", "stdout": "Using no config file"}, None),
        ({"event": "runner_item_on_ok", "event_data": {"host": "a"}}, None),
        ({"event": "playbook_on_play_start", "event_data": {"name": "Converge"}}, Event("play", task="Converge")),
        (
            {"event": "runner_on_start", "event_data": {"host": "a", "role": "rigprov.workstation.base", "task": "T"}},
            Event("start", "web 1", "base", "T"),
        ),
        (
            {"event": "runner_on_ok", "stdout": "\x1b[0;33mchanged: [a]", "event_data": {"host": "a", "res": {"censored": "x"}}},
            Event("changed", "web 1", result={"censored": "x"}),
        ),
        (
            {"event": "runner_on_ok", "stdout": "ok: [a]", "event_data": {"host": "a", "res": {"censored": "x"}}},
            Event("ok", "web 1", result={"censored": "x"}),
        ),
        (
            {"event": "runner_on_failed", "event_data": {"host": "a", "ignore_errors": True, "res": {"rc": 1}}},
            Event("ignored", "web 1", result={"rc": 1}),
        ),
        (
            {"event": "runner_on_skipped", "event_data": {"host": "b", "duration": 0.5, "res": None}},
            Event("skipped", "b", seconds=0.5),
        ),
    ],
)
def test_parse(raw: dict[str, Any], event: Event | None) -> None:
    assert parse(raw, {"a": "web 1"}) == event


def test_statistics_come_by_the_users_names() -> None:
    raw = {"event": "playbook_on_stats", "event_data": {"ok": {"a": 3}, "failures": {"a": 1}}}
    event = parse(raw, {"a": "ops@web:22"})
    assert event is not None
    assert (event.result["ok"], event.result["failures"], event.result["dark"]) == ({"ops@web:22": 3}, {"ops@web:22": 1}, {})


def test_recordings_hold_what_the_tests_are_about() -> None:
    kinds = {raw["event"] for name in ("changed", "mixed", "disk_full") for raw in raw_events(name)}
    assert {"runner_on_ok", "runner_on_failed", "runner_on_unreachable", "runner_on_skipped", "playbook_on_stats"} <= kinds

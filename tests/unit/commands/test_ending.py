import pytest

from rigprov.commands.ending import Ending
from rigprov.errors import ApplyError, Exit, RigprovError, UnreachableError
from rigprov.model.outcome import Problem
from rigprov.model.plan import Blocker, Environment, Plan, Step
from rigprov.model.run import HostRun, TaskRecord


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([], Exit.OK),
        ([Exit.UNREACHABLE], Exit.UNREACHABLE),
        ([Exit.UNREACHABLE, Exit.APPLY_FAILED], Exit.APPLY_FAILED),
        ([Exit.BLOCKED, Exit.BELOW_FLOOR], Exit.BLOCKED),
        ([Exit.BLOCKED, Exit.UNREACHABLE], Exit.UNREACHABLE),
        ([Exit.BELOW_FLOOR], Exit.BELOW_FLOOR),
        ([Exit.APPLY_FAILED, Exit.INTERRUPTED], Exit.INTERRUPTED),
    ],
)
def test_the_worst_decides(codes: list[Exit], expected: Exit) -> None:
    ending = Ending()
    for code in codes:
        ending.note("x", "y", code)
    assert ending.exit is expected


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UnreachableError("gone", hint="look"), Exit.UNREACHABLE),
        (ApplyError("broke", hint="look"), Exit.APPLY_FAILED),
        (RigprovError("odd", hint="look"), Exit.APPLY_FAILED),
    ],
)
def test_a_hosts_error(error: RigprovError, code: Exit) -> None:
    ending = Ending()
    ending.error("web", error)
    assert (ending.exit, ending.problems) == (code, (Problem(type(error).__name__, str(error), "look", "web"),))


def plan(*steps: Step, blockers: tuple[Blocker, ...] = ()) -> Plan:
    place = Environment("vm", True, None, "test")
    return Plan("web", "big", place, steps, blockers, (), (), None, None)


def test_a_plan_that_can_be_carried_out() -> None:
    ending = Ending()
    assert not ending.blocked(plan(Step("base", "run", ""), Step("swap", "skip", "enough")))
    assert ending.exit is Exit.OK


def test_roles_that_are_not_built_are_refused_by_name() -> None:
    ending = Ending()
    later = "not yet"
    blocked = ending.blocked(
        plan(Step("cuda_toolkit", "not_built", later), Step("base", "run", ""), Step("web_ui", "not_built", later))
    )
    (problem,) = ending.problems
    assert (blocked, ending.exit, problem.code) == (True, Exit.BLOCKED, "role-not-built")
    assert problem.message == "tier big needs roles that cannot be applied here: cuda_toolkit, web_ui (not yet)"


def test_blockers_keep_their_way_out() -> None:
    ending = Ending()
    ending.blocked(plan(blockers=(Blocker("ram-short", "too little memory", "add some"),)))
    assert ending.problems == (Problem("ram-short", "too little memory", "add some", "web"),)


def test_a_failed_role_is_named_with_its_task() -> None:
    ending = Ending()
    tasks = (TaskRecord("docker", "Repository", "changed"), TaskRecord("docker", "Install", "failed", "the disk is full"))
    lost = ending.ran(HostRun("web", "failed", 3, 1, tasks, (), "the disk is full", "free some"))
    message = "role docker, task `Install`: the disk is full"
    assert (lost, ending.exit) == (True, Exit.APPLY_FAILED)
    assert ending.problems == (Problem("apply-failed", message, "free some", "web"),)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("ok", Exit.OK),
        ("unreachable", Exit.UNREACHABLE),
        ("interrupted", Exit.INTERRUPTED),
        ("not_started", Exit.APPLY_FAILED),
    ],
)
def test_states(state: str, code: Exit) -> None:
    ending = Ending()
    lost = ending.ran(HostRun("web", state, 0, 0, (), ()))  # type: ignore[arg-type]
    assert (lost, ending.exit) == (state != "ok", code)


def test_a_host_that_another_run_has_taken_meanwhile_has_not_failed() -> None:
    ending = Ending()
    said = "another run works on this host: alice@laptop (process 5)"
    assert ending.ran(HostRun("web", "failed", 1, 0, (), (), said))
    assert (ending.exit, ending.problems[0].code, ending.problems[0].message) == (Exit.BLOCKED, "another-run", said)


def test_an_ansible_that_broke_is_no_fault_of_the_host() -> None:
    ending = Ending()
    said = "ansible-playbook ended without a result: A worker was found in a dead state"
    assert ending.ran(HostRun("web", "failed", 1, 0, (), (), said))
    assert (ending.exit, ending.problems[0].code) == (Exit.APPLY_FAILED, "run-broken")

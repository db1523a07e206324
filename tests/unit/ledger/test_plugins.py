"""The two plugins, as far as they can be had without Ansible running: a defect in them never fails a run."""

import importlib.util
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail

from rigprov.ledger import watch
from tests.meta.checkout import ROOT


def plugin(kind: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"ledger_{kind}", ROOT / f"plugins/{kind}/ledger.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def role(name: str) -> SimpleNamespace:
    return SimpleNamespace(get_name=lambda: name)


def task(*roles: str, action: str = "ansible.builtin.copy") -> SimpleNamespace:
    """A task in the innermost of these roles, each included by the one before."""
    node = None
    for name in roles:
        node = SimpleNamespace(_role=role(name), _parent=SimpleNamespace(_role=None, _parent=node))
    own = role(roles[-1]) if roles else None
    return SimpleNamespace(_role=own, _parent=node, action=action, resolved_action=action)


def ended(done: SimpleNamespace, result: dict[str, Any], host: str = "rig") -> SimpleNamespace:
    return SimpleNamespace(task=done, result=result, host=SimpleNamespace(get_name=lambda: host))


@pytest.fixture
def seen(monkeypatch):
    fresh = watch.Watch()
    monkeypatch.setattr(watch, "WATCH", fresh)
    return fresh


@pytest.fixture
def callback(seen):
    made = plugin("callback").CallbackModule()
    made.v2_playbook_on_start(None)
    return made


def test_what_an_included_role_writes_belongs_to_the_plans_role(callback, seen):
    deep = task("rigprov.workstation.docker", "rigprov.workstation.apt_repository")
    callback.v2_runner_on_ok(ended(deep, {"dest": "/etc/apt/keyrings/x"}))
    callback.v2_runner_on_failed(ended(task("docker"), {"dest": "/etc/y"}), ignore_errors=True)
    assert [thing["name"] for thing in seen.seen["rig", "docker"]] == ["/etc/apt/keyrings/x", "/etc/y"]


def test_what_is_not_logged_is_not_looked_at(callback, seen):
    callback.v2_runner_on_ok(ended(task("models"), {"censored": "hidden", "dest": "/etc/x"}))
    assert seen.seen == {}


def test_a_defect_costs_the_role_and_not_the_run(callback, seen, monkeypatch):
    callback.v2_runner_on_ok(ended(task("base"), None))  # type: ignore[arg-type]
    assert seen.blind["rig", "base"].startswith("the callback plugin failed: TypeError")
    monkeypatch.setattr(watch.Watch, "take", lambda *_: 1 / 0)
    callback.v2_runner_on_ok(ended(task("docker"), {}))
    assert seen.blind["rig", "docker"] == "the callback plugin failed: ZeroDivisionError: division by zero"


class Connection:
    transport = "ssh"


def action(monkeypatch, answers, **arguments):
    module = plugin("action")
    made = module.ActionModule.__new__(module.ActionModule)
    made._task = SimpleNamespace(check_mode=False, args=arguments)
    made._connection = Connection()
    made._templar = SimpleNamespace(template=lambda value: value)
    monkeypatch.setattr(module.ActionBase, "run", lambda *_: {})
    options = {"step": "note", "roles": [], "role": None, "put_back": True, **arguments}
    monkeypatch.setattr(module.ActionModule, "validate_argument_spec", lambda *_, **__: (None, options))
    said = iter(answers)
    monkeypatch.setattr(module.ActionModule, "_low_level_execute_command", lambda *_: next(said))
    return made


def told(text: str, rc: int = 0) -> dict[str, object]:
    return {"rc": rc, "stdout": text, "stderr": ""}


VARIABLES = {"inventory_hostname": "rig", "rigprov_ledger": {"base": {"rigprov": "1"}}, "__base_managed": {"paths": ["/etc/x"]}}


@pytest.mark.parametrize(
    ("answers", "variables", "why"),
    [
        ([told('{"refused": ""}')], VARIABLES, ""),
        ([told('{"refused": "it wrote /x without declaring it"}')], VARIABLES, "it wrote /x without declaring it"),
        ([told("Traceback\nMemoryError", 1)], VARIABLES, "RuntimeError: MemoryError"),
        ([told("", 127)], VARIABLES, "RuntimeError: the host's Python ended with 127"),
        ([told("no JSON")], VARIABLES, "JSONDecodeError"),
        ([], {**VARIABLES, "__base_managed": {"odd": []}}, "ValueError: what a role manages"),
        ([], {**VARIABLES, "__base_managed": {"unwatched": "no systemd"}}, "no systemd"),
        ([], {**VARIABLES, "rigprov_ledger": {}}, "the plan brought no stamp for it"),
        ([], {"inventory_hostname": "rig"}, "KeyError: '__base_managed'"),
    ],
)
def test_what_cannot_be_noted_is_said_and_fails_nothing(seen, monkeypatch, answers, variables, why):
    seen.start()
    seen.begun.add("rig")
    result = action(monkeypatch, answers, step="note", role="base").run(None, variables)
    said = result.get("rigprov_note", "")
    assert (result["changed"], result.get("failed", False)) == (False, False)
    assert why in said
    assert (said == "") == (why == "")
    assert why == "" or said.startswith("nothing is noted of role base, so it runs again next time: ")


def test_without_the_callback_plugin_the_host_is_not_even_asked(seen, monkeypatch):
    result = action(monkeypatch, [], step="note", role="base").run(None, VARIABLES)
    assert "is not enabled" in result["rigprov_note"]


def test_the_host_is_taken_and_what_was_put_back_is_a_change(seen, monkeypatch):
    made = action(monkeypatch, [told('{"put_back": ["mode of /etc/x"]}')], step="begin", roles=["base"])
    assert made.run(None, VARIABLES) == {
        "begun": True,
        "changed": True,
        "rigprov_note": "put back as the last run had left it: mode of /etc/x",
    }
    quiet = action(monkeypatch, [told('{"put_back": []}')], step="begin", roles=["base"])
    assert quiet.run(None, VARIABLES) == {"begun": True, "changed": False}


def test_another_run_on_the_host_is_the_one_failure(seen, monkeypatch):
    held = told('{"held": "alice@laptop (process 5)", "run": "laptop|x|5|1"}')
    with pytest.raises(AnsibleActionFail, match=r"another run works on this host: alice@laptop \(process 5\)"):
        action(monkeypatch, [held], step="begin", roles=["base"]).run(None, VARIABLES)


def test_a_run_of_this_machine_that_has_ended_is_taken_over_from(seen, monkeypatch):
    dead = watch.token(2**22 + 1).rstrip("|") + "|1"
    held = told('{"held": "me", "run": "%s"}' % dead)  # noqa: UP031 - braces
    made = action(monkeypatch, [held, told('{"put_back": []}')], step="begin", roles=["base"])
    assert made.run(None, VARIABLES)["begun"] is True


def test_check_mode_does_nothing(monkeypatch):
    made = action(monkeypatch, [], step="begin", roles=["base"])
    made._task.check_mode = True
    assert made.run(None, VARIABLES) == {"changed": False, "skipped": True}

"""Sees what each role writes on a host, so that nothing that a role does escapes the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible.plugins.callback import CallbackBase

if TYPE_CHECKING:
    from ansible.executor.task_result import CallbackTaskResult

DOCUMENTATION = """
name: ledger
type: aggregate
short_description: See what each role writes
description:
  - Reads from each task's result what it wrote, in the name of the role that it belongs to.
  - The action plugin C(rigprov.workstation.ledger) notes a role only if all of that is declared by the role.
  - It keeps names only. Results of tasks with C(no_log) are not looked at.
requirements:
  - the Python package rigprov beside ansible-core
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]  # ansible ships no type hints
    """Prints nothing and writes nothing."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "rigprov.workstation.ledger"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_start(self, playbook: Any) -> None:
        """Be at work."""
        try:
            from rigprov.ledger.watch import WATCH
        except ImportError:  # then the action plugin says what is missing
            return
        WATCH.start()

    def v2_runner_on_ok(self, result: CallbackTaskResult) -> None:
        """A task that ended well, changed or not."""
        self._take(result)

    def v2_runner_on_failed(self, result: CallbackTaskResult, ignore_errors: bool = False) -> None:
        """One that failed may have written something before; a `rescue` may let the role go on."""
        self._take(result)

    def _take(self, result: CallbackTaskResult) -> None:
        try:
            from rigprov.ledger.watch import WATCH
        except ImportError:
            return
        host, role = str(result.host.get_name()), ""
        try:
            role = role_of(result.task)
            if "censored" not in result.result:
                WATCH.take(host, role, str(result.task.resolved_action or result.task.action), result.result)
        except Exception as error:  # noqa: BLE001 - a defect here costs the role's entry, never the run
            WATCH.lost(host, role, f"the callback plugin failed: {type(error).__name__}: {error}")


def role_of(task: Any) -> str:
    """The plan's role that a task belongs to: the outermost one, for roles include others. "" for a playbook's own tasks."""
    found, node = "", task
    while node is not None:
        role = getattr(node, "_role", None)
        found = role.get_name().rpartition(".")[2] if role is not None else found
        node = getattr(node, "_parent", None)
    return found

"""The ledger as Ansible tasks: what a converged role left is noted on the host, so that the next run can tell whether it holds.

Bookkeeping never fails a run that else succeeded: where nothing can be noted the role simply runs again next time, and the result
says why. The one failure is another run that works on the same host.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

if TYPE_CHECKING:
    from collections.abc import Mapping

DOCUMENTATION = """
name: ledger
short_description: Note on the host what a role left there
description:
  - C(begin) takes the host for this run, puts back modes, owners, holds and accounts that were changed by hand, and removes the
    entries of the roles that are about to run. With C(put_back) false it only takes the host and removes the entries.
  - C(note) writes the entry of one role that has just converged, with the present state of all that it manages.
  - C(end) lets go of the host.
  - Needs the callback plugin C(rigprov.workstation.ledger); without it nothing is noted.
options:
  step:
    description: One of C(begin), C(note), C(end).
    type: str
    required: true
    choices: [begin, note, end]
  roles:
    description: With C(begin), the roles that are about to run, or to be taken out.
    type: list
    elements: str
    default: []
  put_back:
    description: With C(begin), whether anything is put back.
    type: bool
    default: true
  role:
    description: With C(note), the role. What it manages is told by its variable C(__ROLE_managed).
    type: str
"""

EXAMPLES = """
- name: Note what base left
  rigprov.workstation.ledger:
    step: note
    role: base
"""


class ActionModule(ActionBase):  # type: ignore[misc]  # ansible ships no type hints
    """One step, run on the controller; the host is asked by one command."""

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Do the step. Only what is put back is a change: what is noted is no state of the host."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        result["changed"] = False
        if self._task.check_mode:
            return result | {"skipped": True}
        _, options = self.validate_argument_spec(
            argument_spec={
                "step": {"type": "str", "required": True, "choices": ["begin", "note", "end"]},
                "roles": {"type": "list", "elements": "str", "default": []},
                "put_back": {"type": "bool", "default": True},
                "role": {"type": "str"},
            }
        )
        try:
            return result | self._step(options, task_vars or {})
        except AnsibleActionFail:
            raise
        except Exception as error:  # noqa: BLE001 - bookkeeping must not fail a run, whatever is wrong with it
            return result | self._refused(options, f"{type(error).__name__}: {error}")

    def _step(self, options: Mapping[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        if options["step"] == "note":
            return self._note(options, task_vars)
        answer = self._ask({"do": options["step"], "roles": options["roles"], "put_back": options["put_back"]})
        if "held" in answer:
            raise AnsibleActionFail(f"another run works on this host: {answer['held']}. Wait until it has ended, then run again")
        if options["step"] == "end":
            return {}
        done = answer["put_back"]
        told = {"rigprov_note": f"put back as the last run had left it: {', '.join(done)}"} if done else {}
        return {"begun": True, "changed": bool(done), **told}

    def _note(self, options: Mapping[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        from rigprov.ledger.declared import covered, things, unwatched
        from rigprov.ledger.watch import WATCH

        host, role = str(task_vars.get("inventory_hostname")), options["role"]
        managed = self._templar.template(task_vars[f"__{role}_managed"])
        why = unwatched(managed) or WATCH.why_not(host, role)
        stamp = task_vars.get("rigprov_ledger", {}).get(role)
        if why or not stamp:
            return self._refused(options, why or "the plan brought no stamp for it")
        declared = things(managed)
        seen = {(thing["kind"], thing["name"]): thing for thing in WATCH.seen.get((host, role), [])}
        applied = datetime.now(timezone.utc).isoformat(timespec="seconds")  # noqa: UP017 - the sanity of older Pythons
        entry = {"format": 1, "role": role, "applied": applied, "stamp": self._plain(stamp), "things": declared}
        answer = self._ask(
            {"do": "note", "entry": entry, "touched": [thing for thing in seen.values() if not covered(thing, declared)]}
        )
        if "held" in answer:
            raise AnsibleActionFail(f"another run has taken this host meanwhile: {answer['held']}. Run again")
        return self._refused(options, answer["refused"]) if answer["refused"] else {}

    @staticmethod
    def _plain(value: Any) -> Any:
        return json.loads(json.dumps(value, default=str))

    @staticmethod
    def _refused(options: Mapping[str, Any], why: str) -> dict[str, Any]:
        if options["step"] != "note":
            return {"msg": f"the ledger does not work here: {why}"}
        sentence = f"nothing is noted of role {options['role']}, so it runs again next time: {why}"
        return {"msg": sentence, "rigprov_note": sentence}

    def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        """Run the program on the host, once more where a run of this machine that has ended still holds it."""
        from rigprov.ledger.watch import gone

        answer = self._run(order, [])
        if answer.get("held") and gone(answer["run"]):
            answer = self._run(order, [answer["run"]])
        return answer

    def _run(self, order: dict[str, Any], ended: list[str]) -> dict[str, Any]:
        import os

        from rigprov.facts.ledger.program import command
        from rigprov.ledger.watch import WATCH, token, words

        pid = WATCH.pid or os.getppid()
        who = {"token": token(pid), "text": words(pid, WATCH.since), "gone": ended}
        watched = pid if self._connection.transport == "local" else None
        ran = self._low_level_execute_command(command(**order, who=who, watched=watched))
        if ran["rc"] != 0:
            said = (ran["stdout"] or ran["stderr"]).strip().splitlines()  # with a terminal, errors are in the output
            raise RuntimeError(said[-1] if said else f"the host's Python ended with {ran['rc']}")
        answer: dict[str, Any] = json.loads(ran["stdout"].strip().splitlines()[-1])
        return answer

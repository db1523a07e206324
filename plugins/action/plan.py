"""The plan as an Ansible task: facts of the host, the tier and the inventory's values give the roles and their values.

With it a plain `ansible-playbook`, AWX or ansible-pull converges hosts without the `rigprov` command. It runs the probe and the
decisions that the command runs, from the Python package `rigprov`, which must be importable by Ansible's Python.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

if TYPE_CHECKING:
    from rigprov.model.plan import Plan

DOCUMENTATION = """
name: plan
short_description: Decide which roles run on a host, and with which values
description:
  - Reads the host with one command, decides, and sets C(rigprov_roles) and the roles' variables as facts.
  - Fails where the plan is blocked, or where the tier needs a role that this version does not carry.
options:
  tier:
    description: C(starter), C(intermediate), C(advanced), or the path of a tier file on the controller.
    type: str
    required: true
  model:
    description: One of the tier's models, instead of its first choice for the host.
    type: str
  remove_conflicts:
    description: Agree that packages which conflict with a role's are removed.
    type: bool
    default: false
  format:
    description: Disks that may be formatted for models once they have proved to be blank, as links in C(/dev/disk/by-id).
    type: list
    elements: str
    default: []
  reboot:
    description: Agree that the host is rebooted where the plan needs it. Without it the run stops right before.
    type: bool
    default: false
"""

EXAMPLES = """
- name: Plan for this host
  rigprov.workstation.plan:
    tier: starter
"""


class ActionModule(ActionBase):  # type: ignore[misc]  # ansible ships no type hints
    """One task, run on the controller for each host. It changes nothing."""

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Set the plan as facts of the host."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, options = self.validate_argument_spec(
            argument_spec={
                "tier": {"type": "str", "required": True},
                "model": {"type": "str"},
                "remove_conflicts": {"type": "bool", "default": False},
                "format": {"type": "list", "elements": "str", "default": []},
                "reboot": {"type": "bool", "default": False},
            }
        )
        try:
            from rigprov.errors import RigprovError
        except ImportError as error:
            message = "the Python package rigprov is missing beside ansible-core on the controller: install it there"
            raise AnsibleActionFail(message) from error
        try:
            plan = self._plan(options, task_vars or {})
        except RigprovError as error:
            hint = f". {error.hint}" if error.hint else ""
            raise AnsibleActionFail(f"{error}{hint}") from error
        from rigprov.ledger.stamp import stamps

        result["ansible_facts"] = {"rigprov_roles": list(plan.roles), "rigprov_ledger": stamps(plan), **plan.variables()}
        result["changed"] = False
        return result

    def _plan(self, options: dict[str, Any], task_vars: dict[str, Any]) -> Plan:
        from rigprov.model.target import Target
        from rigprov.plan.build import build_plan
        from rigprov.plan.consent import Consent, named_disks
        from rigprov.plan.wishes import Wishes, read_inventory
        from rigprov.tiers.load import load_tier
        from rigprov.tiers.narrow import only

        host = str(task_vars.get("inventory_hostname", "host"))
        tier = only(load_tier(options["tier"]), options["model"])
        written = self._written(host, task_vars)
        wishes = Wishes(inventory=read_inventory(Target(host, variables=written, where="the inventory")))
        consent = Consent(
            reboot="yes" if options["reboot"] else "no",
            format=named_disks(options["format"], "format"),
            remove_conflicts=options["remove_conflicts"],
            local=self._connection.transport == "local",
        )
        plan = build_plan(self._facts(host), tier, wishes, consent)
        reasons = [f"{blocker.message} ({blocker.fix})" for blocker in plan.blockers]
        reasons += [f"role {step.role}: {step.reason}" for step in plan.steps if step.state == "not_built"]
        if reasons:
            raise AnsibleActionFail(f"the plan for {host} is blocked: {'; '.join(reasons)}")
        for warning in plan.warnings:
            self._display.warning(f"{host}: {warning}")
        return plan

    def _written(self, host: str, task_vars: dict[str, Any]) -> dict[str, Any]:
        """The user's variables, as they stand in the inventory, in group_vars or after `-e`, with templates filled in.

        Not those of the task: they hold the defaults of the play's roles as well, which are nobody's wish.
        """
        from rigprov.catalog.roles import owner

        written = task_vars["hostvars"].raw_get(host)
        return {key: self._templar.template(value) for key, value in written.items() if owner(key) is not None}

    def _facts(self, host: str) -> Any:
        from rigprov.facts import probe
        from rigprov.facts.build import host_facts
        from rigprov.facts.collect import recorded
        from rigprov.facts.shell import ScriptResult

        asked = probe.render()
        ran = self._low_level_execute_command(asked.script)
        user = "root" if self._play_context.become else str(self._play_context.remote_user or "")
        how = "root" if self._play_context.become else "none"
        return host_facts(recorded(asked, ScriptResult(ran["rc"], ran["stdout"], ran["stderr"], user=user, how=how), host))

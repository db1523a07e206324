"""How a command on several hosts ends: every host's problem, and one exit code."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rigprov.errors import Exit, RigprovError
from rigprov.model.outcome import Problem

if TYPE_CHECKING:
    from rigprov.model.plan import Plan
    from rigprov.model.proof import Proof
    from rigprov.model.run import HostRun

# The worst decides. A host that failed says more than one that was not there, and that more than one that was never begun.
_WORST_FIRST = (
    Exit.INTERRUPTED,
    Exit.INTERNAL,
    Exit.USAGE,
    Exit.APPLY_FAILED,
    Exit.UNREACHABLE,
    Exit.BLOCKED,
    Exit.BELOW_FLOOR,
)


@dataclass
class Ending:
    """Collects problems."""

    found: list[tuple[Exit, Problem]] = field(default_factory=list)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """In the order in which they came up."""
        return tuple(problem for _, problem in self.found)

    @property
    def exit(self) -> Exit:
        """The worst of all exit codes."""
        codes = {code for code, _ in self.found}
        return next((code for code in _WORST_FIRST if code in codes), Exit.OK)

    @property
    def interrupted(self) -> bool:
        """Whether the user stopped the run."""
        return self.exit is Exit.INTERRUPTED

    def note(self, code: str, message: str, exit_code: Exit, *, hint: str = "", host: str = "") -> None:
        """One problem."""
        self.found.append((exit_code, Problem(code, message, hint, host)))

    def error(self, host: str, error: RigprovError) -> None:
        """A host's error. One that is neither reachability nor usage counts as a failed run."""
        code = error.exit if error.exit is not Exit.INTERNAL else Exit.APPLY_FAILED
        self.note(type(error).__name__, str(error), code, hint=error.hint or "", host=host)

    def blocked(self, plan: "Plan") -> bool:
        """Note why a plan cannot be carried out, if so: blockers, or roles that this version does not have."""
        for blocker in plan.blockers:
            self.note(blocker.code, blocker.message, Exit.BLOCKED, hint=blocker.fix, host=plan.host)
        missing = [step for step in plan.steps if step.state == "not_built"]
        if missing:
            names = ", ".join(step.role for step in missing)
            reasons = "; ".join(dict.fromkeys(step.reason for step in missing))
            message = f"tier {plan.tier} needs roles that cannot be applied here: {names} ({reasons})"
            self.note(
                "role-not-built", message, Exit.BLOCKED, hint="choose another tier: `rigprov tiers` lists them", host=plan.host
            )
        return bool(plan.blockers or missing)

    def ran(self, run: "HostRun") -> bool:
        """Note how the roles ended on a host, if not well."""
        match run.state:
            case "ok":
                return False
            case "unreachable":
                self.note("unreachable", run.failure, Exit.UNREACHABLE, hint=run.fix, host=run.host)
            case "interrupted":
                hint = "run the same command again: it goes on from what is there"
                self.note("interrupted", "stopped before it was done", Exit.INTERRUPTED, hint=hint, host=run.host)
            case "failed" if run.failure.startswith("another run "):  # it took the host since the facts were gathered
                self.note("another-run", run.failure, Exit.BLOCKED, host=run.host)
            case "failed" if run.failure.startswith("ansible-playbook ended "):  # the controller's fault, or nobody knows whose
                self.note("run-broken", run.failure, Exit.APPLY_FAILED, hint=run.fix, host=run.host)
            case _:
                self.note("apply-failed", _sentence(run), Exit.APPLY_FAILED, hint=run.fix, host=run.host)
        return True

    def proved(self, proof: "Proof") -> None:
        """Note a verdict that is not a pass."""
        if proof.verdict != "pass":
            self.note(
                f"verdict-{proof.verdict}".replace(" ", "-"), proof.reason, Exit.BELOW_FLOOR, hint=proof.fix, host=proof.host
            )


def _sentence(run: "HostRun") -> str:
    if run.state == "not_started":
        return "Ansible ended before it began with this host"
    last = next((task for task in reversed(run.tasks) if task.outcome != "changed"), None)
    where = f"role {last.role}, task `{last.task}`: " if last and last.role else ""
    return f"{where}{run.failure}"

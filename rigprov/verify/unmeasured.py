"""The proof of a host on which nothing could be measured: no figure, and the reason."""

from rigprov.model.host import HostFacts
from rigprov.model.plan import Plan
from rigprov.model.proof import Proof
from rigprov.tiers.fit import gpus_of

GPU_SHORT = "gpu-short"


def no_gpu(plan: Plan, facts: HostFacts) -> bool:
    """Whether the plan is for GPUs and the host has none; where that could not be read, no."""
    return any(blocker.code == GPU_SHORT for blocker in plan.blockers) and gpus_of(facts) == ()


def unmeasured(plan: Plan, facts: HostFacts) -> Proof:
    """For a plan that cannot be carried out. A missing GPU is named first: without one all else is beside the point."""
    codes = {blocker.code: blocker for blocker in plan.blockers}
    if no_gpu(plan, facts):
        reason, fix = "no GPU", codes[GPU_SHORT].fix
    elif plan.blockers:
        reason, fix = f"the plan cannot be carried out: {plan.blockers[0].message}", plan.blockers[0].fix
    else:
        absent = next((step for step in plan.steps if step.state == "not_built"), None)
        reason = f"role {absent.role} cannot be applied here: {absent.reason}" if absent else "nothing was set up"
        fix = "choose another tier: `rigprov tiers` lists them"
    return Proof(
        host=plan.host,
        verdict="not measured",
        reason=reason,
        fix=fix,
        model=plan.benchmark.model if plan.benchmark else "",
        model_sha256="",
        engine="",
        floor=plan.benchmark.floor if plan.benchmark else 0.0,
    )

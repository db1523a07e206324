"""Measures hosts in parallel, each with its own engine."""

from collections.abc import Callable, Iterable, Mapping

from rigprov.catalog.golden import golden
from rigprov.errors import RigprovError
from rigprov.facts.connection import Access
from rigprov.facts.shell import run_script
from rigprov.model.plan import Plan, PlannedBenchmark
from rigprov.model.proof import Proof
from rigprov.model.target import Target
from rigprov.verify.asked import Asked
from rigprov.verify.conclude import conclude, not_measured
from rigprov.verify.job import of_benchmark, synthetic, time_limit_s
from rigprov.verify.script import script

_AS_PLANNED = Asked()


def verify(
    plans: Mapping[str, Plan],
    targets: Iterable[Target],
    access: Access,
    *,
    say: Callable[[str], None],
    asked: Asked = _AS_PLANNED,
) -> dict[str, Proof | RigprovError]:
    """Proof of each host that has a plan; a host that could not be reached gets its error.

    Args:
        plans: by host.
        targets: the hosts.
        access: how to get there.
        say: progress, one line at a time.
        asked: what the user wants beyond the plan.
    """
    proofs: dict[str, Proof | RigprovError] = {}
    benchmarks: dict[str, PlannedBenchmark] = {}
    jobs: dict[str, dict[str, object]] = {}
    for name, plan in plans.items():
        if plan.benchmark is None:
            proofs[name] = _nothing_planned(plan)
            continue
        try:
            recipe = _recipe(plan.benchmark) if synthetic(plan.benchmark, asked) else None
            known = golden(plan.benchmark.model) if recipe else None
        except RigprovError as error:
            proofs[name] = not_measured(name, plan.benchmark, str(error), error.hint or "")
            continue
        benchmarks[name], jobs[name] = plan.benchmark, of_benchmark(plan.benchmark, asked, recipe, known)
    chosen = [target for target in targets if target.name in jobs]
    for target in chosen:
        say(f"{target.name}: {_announced(benchmarks[target.name], jobs[target.name])}")
    if chosen:
        limit = max(time_limit_s(job) for job in jobs.values())
        scripts = {name: script(job) for name, job in jobs.items()}
        results = run_script(chosen, access, scripts, root=True, timeout_s=limit)
        proofs |= {name: conclude(name, benchmarks[name], result) for name, result in results.items()}
    return proofs


def _recipe(benchmark: PlannedBenchmark) -> dict[str, object]:
    from rigprov.catalog.shapes import recipe  # only for those who want it: large tables

    return recipe(benchmark.model)


def _announced(benchmark: PlannedBenchmark, job: Mapping[str, object]) -> str:
    what = f"synthetic weights of {benchmark.model}" if "recipe" in job else benchmark.model
    soak = float(str(job["soak_s"]))
    return f"measuring {what}, about a minute{f' and {soak:.0f} s of soak' if soak else ''}"


def _nothing_planned(plan: Plan) -> Proof:
    if plan.blockers:
        first = plan.blockers[0]
        return not_measured(plan.host, None, f"nothing to measure: {first.message}", first.fix)
    reason = f"tier {plan.tier} has no benchmark for this host"
    return not_measured(plan.host, None, reason, "give the tier a benchmark, or take another tier")

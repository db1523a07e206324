"""Measures hosts in parallel, each with its own engine."""

from collections.abc import Callable, Iterable, Mapping

from rigprov.errors import RigprovError
from rigprov.facts.connection import Access
from rigprov.facts.shell import ScriptResult, run_script
from rigprov.model.plan import Plan, PlannedBenchmark
from rigprov.model.proof import Proof
from rigprov.model.target import Target
from rigprov.verify.evidence import Damaged, read
from rigprov.verify.judge import judge
from rigprov.verify.script import NO_PYTHON, script

_CONFIG = "/etc/rigprov/llm/server.json"
_KEY = "/etc/rigprov/llm/api_key"
_COMMAND = "/usr/local/bin/rigprov-llm"
_SLOWEST_DISK = 50e6  # bytes/s; an SD card reads this, so a start may take that long
_MEASURE_S = 150.0


def verify(
    plans: Mapping[str, Plan], targets: Iterable[Target], access: Access, *, say: Callable[[str], None]
) -> dict[str, Proof | RigprovError]:
    """Proof of each host that has a plan; a host that could not be reached gets its error.

    Args:
        say: progress, one line at a time.
    """
    proofs: dict[str, Proof | RigprovError] = {}
    benchmarks: dict[str, PlannedBenchmark] = {}
    for name, plan in plans.items():
        if plan.benchmark is None:
            proofs[name] = _nothing_planned(plan)
        else:
            benchmarks[name] = plan.benchmark
    chosen = [target for target in targets if target.name in benchmarks]
    for target in chosen:
        say(f"{target.name}: measuring {benchmarks[target.name].model}, about a minute")
    if chosen:
        scripts = {name: script(job(benchmark)) for name, benchmark in benchmarks.items()}
        limit = max(time_limit_s(benchmark) for benchmark in benchmarks.values())
        results = run_script(chosen, access, scripts, root=True, timeout_s=limit)
        proofs |= {name: conclude(name, benchmarks[name], result) for name, result in results.items()}
    return proofs


def job(benchmark: PlannedBenchmark) -> dict[str, object]:
    """What the script on the host is told (see `rigprov.verify.host.examine`)."""
    return {
        "config": _CONFIG,
        "key": _KEY,
        "command": _COMMAND,
        "model": benchmark.path,
        "sha256": benchmark.sha256,
        "floor": benchmark.floor,
        "start_limit_s": 60 + benchmark.size_bytes / _SLOWEST_DISK,
        "measure_limit_s": _MEASURE_S,
    }


def time_limit_s(benchmark: PlannedBenchmark) -> float:
    """Longest that one host may take: start, hashing, measuring with every repetition, on the slowest disk."""
    return 2 * (60 + benchmark.size_bytes / _SLOWEST_DISK) + 4 * _MEASURE_S


def conclude(host: str, benchmark: PlannedBenchmark, result: ScriptResult | RigprovError) -> Proof | RigprovError:
    """Proof from what came back from one host; an error only where the host was not reached or refused us."""
    if isinstance(result, RigprovError):
        return result
    if result.rc == NO_PYTHON:
        return _not_measured(host, benchmark, "there is no python3 on the host", "run `rigprov apply` first")
    try:
        return judge(host, benchmark, read(result.stdout))
    except Damaged as error:
        last = (result.stderr.strip().splitlines() or [""])[-1]
        return _not_measured(host, benchmark, f"{error}{f' ({last})' if last else ''}", "run the same command again")


def _not_measured(host: str, benchmark: PlannedBenchmark | None, reason: str, fix: str) -> Proof:
    return Proof(
        host=host,
        verdict="not measured",
        reason=reason,
        fix=fix,
        model=benchmark.model if benchmark else "",
        model_sha256="",
        engine="",
        floor=benchmark.floor if benchmark else 0.0,
    )


def _nothing_planned(plan: Plan) -> Proof:
    if plan.blockers:
        first = plan.blockers[0]
        return _not_measured(plan.host, None, f"nothing to measure: {first.message}", first.fix)
    reason = f"tier {plan.tier} has no benchmark for this host"
    return _not_measured(plan.host, None, reason, "give the tier a benchmark, or take another tier")

"""What a reader must know beside the verdict: causes that the evidence shows, and remarks on how it was measured. Pure."""

from dataclasses import dataclass

from rigprov.model.plan import PlannedBenchmark
from rigprov.verify import cpu
from rigprov.verify.evidence import Attempt, Evidence
from rigprov.verify.limit import Limit

_MIB = 2**20
_ENOUGH = 256 * _MIB  # of memory still available while the model is loaded
_NOTICEABLE_SWAP = 64 * _MIB  # a page or two in swap is the rule on any machine that has been up for a while


@dataclass(frozen=True)
class Cause:
    """Something on the host that makes decoding slow, and what to do about it."""

    what: str
    fix: str


def causes(evidence: Evidence) -> tuple[Cause, ...]:
    """Those that the evidence shows, weightiest first."""
    kept = tuple(attempt for attempt in _last(evidence) if attempt.kept)
    found = []
    found += [Cause(one.what, one.fix) for one in cpu.causes(evidence, kept)]
    if sum(attempt.throttled_s for attempt in kept) > 0.1:  # noqa: PLR2004
        found.append(
            Cause("the container's CPU quota held the engine back", "raise the quota, or set fewer `llm_runtime.threads`")
        )
    if evidence.threads and evidence.cores and evidence.threads > evidence.cores:
        said = f"the engine runs {evidence.threads} threads on {evidence.cores} cores"
        found.append(Cause(said, f"apply with `--set llm_runtime.threads={evidence.cores}`"))
    if evidence.governor == "powersave":
        found.append(Cause("the CPU governor is powersave", "switch to performance with `cpupower frequency-set -g performance`"))
    if evidence.swap_used > _NOTICEABLE_SWAP:
        found.append(Cause(f"{evidence.swap_used // _MIB} MiB of swap are in use", "end programs that hold memory"))
    if evidence.available is not None and evidence.available < _ENOUGH:
        found.append(Cause(f"only {evidence.available // _MIB} MiB of memory are left", "end programs that hold memory"))
    return tuple(found)


def _last(evidence: Evidence) -> tuple[Attempt, ...]:
    return tuple(attempt for attempt in evidence.attempts if attempt.series == len(evidence.series))


def of(benchmark: PlannedBenchmark, evidence: Evidence, bound: Limit) -> tuple[str, ...]:
    """Remarks, in the order of the measurement."""
    found = [*_engine(benchmark, evidence), *_runs(evidence)]
    if evidence.bandwidth_gb_s is None and evidence.bandwidth_reason:
        found.append(f"memory bandwidth not measured: {evidence.bandwidth_reason}")
    elif bound.why_not and evidence.bandwidth_gb_s is not None:
        found.append(f"share of the memory bandwidth {bound.why_not}")
    elif bound.share is not None:
        found.append("the limit leaves out the KV cache, which is small at this depth")
    return tuple(found)


def _engine(benchmark: PlannedBenchmark, evidence: Evidence) -> list[str]:
    found = []
    if evidence.broken and evidence.broken.log:
        found += ["the engine's last words:", *(f"  {line}" for line in evidence.broken.log)]
    if evidence.was_running and evidence.load_s is None:
        found.append("load time not measured: the engine was already running")
    if evidence.stale:
        found.append("the engine was started with other settings or files than those on disk; `rigprov-llm restart` takes these")
    if evidence.context is not None and evidence.context != benchmark.context:
        found.append(f"the engine runs with a context of {evidence.context}, planned is {benchmark.context}")
    if evidence.web_ui is not None:
        found.append("the web page of the engine answers" if evidence.web_ui else "the web page of the engine does not answer")
    return found


def _runs(evidence: Evidence) -> list[str]:
    found = []
    if 0 < evidence.tokens < 128:  # noqa: PLR2004
        found.append(f"runs of {evidence.tokens} tokens instead of 128, because the machine is slow")
    repeated = [f"{attempt.tok_s:.1f}" for attempt in evidence.attempts if not attempt.kept]
    if repeated:
        found.append(f"repeated because of other load on the CPU: runs with {', '.join(repeated)} tok/s")
    disturbed = [attempt for attempt in _last(evidence) if attempt.kept and attempt.disturbed]
    if disturbed:
        found.append(f"other load on the CPU during {len(disturbed)} of the runs that count")
    for runs in evidence.series[:-1]:
        found.append(f"an earlier series was too scattered to judge: {min(runs):.1f} to {max(runs):.1f} tok/s")
    return found

"""Causes of slow decoding that lie with the CPU: other load, and too few threads or cores for the engine. Pure."""

from collections.abc import Sequence

from rigprov.model.proof import Cause
from rigprov.verify.evidence import Attempt, Evidence

_LOAD = 0.5  # cores; programs that work this much also take memory bandwidth, whichever cores they run on


def causes(evidence: Evidence, kept: Sequence[Attempt]) -> tuple[Cause, ...]:
    """Those that the evidence shows, weightiest first.

    Args:
        evidence: of one host.
        kept: the runs that count.
    """
    return tuple(cause for cause in (_load(kept), _threads(evidence), _tied(evidence)) if cause)


def _load(kept: Sequence[Attempt]) -> Cause | None:
    if not kept:
        return None
    foreign = sum(attempt.foreign_cores for attempt in kept) / len(kept)
    stolen = sum(attempt.stolen_cores for attempt in kept) / len(kept)
    if not any(attempt.disturbed for attempt in kept) and foreign < _LOAD:
        return None
    if stolen > foreign:
        fix = "measure again when its other machines are idle, or move to one with dedicated cores"
        return Cause("cpu-stolen", f"the hypervisor took {stolen:.1f} cores away", fix)
    names = list(dict.fromkeys(name for attempt in kept for name, _ in attempt.others))[:3]
    who = f", {' and '.join(names)} most" if names else ""
    fix = "end them, since they take memory bandwidth too, and run `rigprov verify` again"
    return Cause("other-load", f"other processes used {foreign:.1f} cores{who}", fix)


def _threads(evidence: Evidence) -> Cause | None:
    """Half of the cores saturate the memory of most machines; fewer do not."""
    threads, cores = evidence.threads, evidence.cores
    if not threads or not cores or evidence.gpu.get("gpus") or 2 * threads > cores:
        return None
    said = f"the engine decodes with {threads} thread{'s' if threads > 1 else ''} on {cores} cores"
    return Cause("few-threads", said, f"apply with `--set llm_runtime.threads={cores}`")


def _tied(evidence: Evidence) -> Cause | None:
    may, cores = evidence.engine_cpus, evidence.cores
    if not may or not cores or 2 * may > cores:
        return None
    said = f"the engine may use {may} of the machine's CPUs only (CPU affinity)"
    return Cause("cpu-affinity", said, "remove `CPUAffinity=` from the service, or the `taskset` or cpuset that ties it")

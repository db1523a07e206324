"""Causes on the CPU's side. Pure: each takes a situation and gives a cause or None."""

from rigprov.model.proof import Cause
from rigprov.verify import cpu as side
from rigprov.verify.causes.situation import Situation
from rigprov.verify.evidence import Attempt, Evidence

_MIB = 2**20
_ENOUGH = 256 * _MIB  # of memory still available while the model is loaded
_NOTICEABLE_SWAP = 64 * _MIB  # a page or two in swap is the rule on any machine that has been up for a while
_FELL = 0.8  # of the bandwidth that was measured before


def load(now: Situation) -> Cause | None:
    """Others used the CPU."""
    return _side(now, "cpu-stolen", "other-load")


def few_threads(now: Situation) -> Cause | None:
    """Too few threads to use the memory's bandwidth."""
    return _side(now, "few-threads") if now.backend == "CPU" else None


def tied(now: Situation) -> Cause | None:
    """The engine may not use all CPUs."""
    return _side(now, "cpu-affinity") if now.backend == "CPU" else None


def _side(now: Situation, *codes: str) -> Cause | None:
    return next((cause for cause in side.causes(now.evidence, counted(now.evidence)) if cause.code in codes), None)


def quota(now: Situation) -> Cause | None:
    """The container's limit."""
    if sum(attempt.throttled_s for attempt in counted(now.evidence)) <= 0.1:  # noqa: PLR2004
        return None
    said = "the container's CPU quota held the engine back"
    return Cause("cpu-quota", said, "raise the quota, or set fewer `llm_runtime.threads`")


def threads(now: Situation) -> Cause | None:
    """More threads than cores: each waits for the others."""
    evidence = now.evidence
    if not (evidence.threads and evidence.cores and evidence.threads > evidence.cores):
        return None
    said = f"the engine runs {evidence.threads} threads on {evidence.cores} cores"
    return Cause("too-many-threads", said, f"apply with `--set llm_runtime.threads={evidence.cores}`")


def governor(now: Situation) -> Cause | None:
    """Clocks that stay low."""
    if now.evidence.governor != "powersave":
        return None
    fix = "switch to performance with `cpupower frequency-set -g performance`"
    return Cause("cpu-governor", "the CPU governor is powersave", fix)


def swap(now: Situation) -> Cause | None:
    """Memory that lies on the disk."""
    if now.evidence.swap_used <= _NOTICEABLE_SWAP:
        return None
    return Cause("swap", f"{now.evidence.swap_used // _MIB} MiB of swap are in use", "end programs that hold memory")


def memory_short(now: Situation) -> Cause | None:
    """Nearly none left."""
    left = now.evidence.available
    if left is None or left >= _ENOUGH:
        return None
    return Cause("memory-short", f"only {left // _MIB} MiB of memory are left", "end programs that hold memory")


def memory_busy(now: Situation) -> Cause | None:
    """Somebody else reads the memory: cores may be idle while its bandwidth is not."""
    if now.backend not in ("", "CPU"):
        return None
    first = (now.evidence.raw.get("bandwidth_before") or {}).get("gb_s")
    last = now.evidence.bandwidth_gb_s
    fix = "end what else runs on the machine and run `rigprov verify` again"
    if first and last and min(first, last) < _FELL * max(first, last):
        said = f"the memory's bandwidth was {first:.1f} GB/s before and {last:.1f} GB/s after: something else uses it"
        return Cause("memory-busy", said, fix)
    if now.evidence.bandwidth_disturbed:
        return Cause("memory-busy", "other programs kept the cores busy while the memory was measured", fix)
    return None


def single_channel(now: Situation) -> Cause | None:
    """One memory module where the board takes more: half of the bandwidth, or less."""
    modules = now.evidence.raw.get("memory_modules") or {}
    fitted, slots = modules.get("fitted"), modules.get("slots")
    if now.backend not in ("", "CPU") or fitted != 1 or not slots or slots < 2:  # noqa: PLR2004
        return None
    said = f"only one of {slots} memory slots is filled, so the memory runs on one channel"
    return Cause("single-channel", said, "add an equal module, in the slot that the board's manual names")


def counted(evidence: Evidence) -> tuple[Attempt, ...]:
    """Runs of the last series that count."""
    return tuple(attempt for attempt in evidence.attempts if attempt.series == len(evidence.series) and attempt.kept)

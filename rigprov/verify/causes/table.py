"""All causes, the weightiest first. Pure. A new one is a function and a row here."""

from collections.abc import Callable
from typing import Literal

from rigprov.model.proof import Cause
from rigprov.verify.causes import bus, clocks, cpu, disk, placement
from rigprov.verify.causes.situation import Situation

# "always": the evidence alone is reason enough to say it, also on a machine that is fast enough. "slow": explains a slow
# machine, and is normal on one that is not. "last": explains it where nothing else does. "hint": no matter for the speed of
# decoding; a remark. "disk": no matter for decoding but for every load; a warning.
When = Literal["always", "slow", "last", "hint", "disk"]
_TABLE: tuple[tuple[Callable[[Situation], Cause | None], When], ...] = (
    (placement.no_gpu_backend, "always"),
    (clocks.failing, "always"),
    (placement.context_too_large, "always"),
    (placement.layers_on_cpu, "always"),
    (placement.gpu_idle, "always"),
    (placement.engine_build, "always"),
    (clocks.hardware_brake, "always"),
    (clocks.thermal, "always"),
    (clocks.hardware_slowdown, "always"),
    (bus.other_process, "always"),
    (clocks.power_cap, "always"),
    (clocks.memory_clock, "always"),
    (bus.mig_slice, "always"),
    (bus.pcie_width, "always"),
    (bus.pcie_generation, "always"),
    (bus.slow_link, "slow"),
    (cpu.load, "slow"),
    (cpu.memory_busy, "slow"),
    (cpu.quota, "slow"),
    (cpu.threads, "slow"),
    (cpu.few_threads, "slow"),
    (cpu.tied, "slow"),
    (cpu.governor, "slow"),
    (cpu.swap, "slow"),
    (cpu.memory_short, "slow"),
    (cpu.single_channel, "slow"),
    (bus.error_correction, "slow"),
    (clocks.power_bound, "last"),
    (bus.small_bar, "hint"),
    (disk.spinning, "disk"),
    (disk.lanes, "disk"),
    (disk.generation, "disk"),
    (disk.below_link, "disk"),
    (disk.slow, "disk"),
)


def causes(now: Situation, *, slow: bool) -> tuple[Cause, ...]:
    """Those that the evidence shows.

    Args:
        now: all that is known.
        slow: whether the machine is slower than it should be (or unsteady).
    """
    found = _of(now, ("always", "slow") if slow else ("always",))
    return found or (_of(now, ("last",)) if slow else ())


def hints(now: Situation) -> tuple[Cause, ...]:
    """What does not slow decoding down but is worth a remark."""
    return _of(now, ("hint",))


def warnings(now: Situation) -> tuple[Cause, ...]:
    """What makes loading the model slow."""
    return _of(now, ("disk",))


def _of(now: Situation, kinds: tuple[When, ...]) -> tuple[Cause, ...]:
    if now.elsewhere:
        return ()
    found = (look(now) for look, kind in _TABLE if kind in kinds)
    return tuple(cause for cause in found if cause is not None)

"""The watched GPUs of one host, as typed values: what `rigprov.verify.host.nvml` printed. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Bits of nvmlClocksEventReasons (nvml.h); the same under the older name, "throttle reasons".
SW_POWER_CAP, HW_SLOWDOWN, SW_THERMAL, HW_THERMAL, HW_POWER_BRAKE = 0x4, 0x8, 0x20, 0x40, 0x80
_BUSY_PERCENT = 50
_ENOUGH_SAMPLES = 5


@dataclass(frozen=True)
class Process:
    """Somebody who holds memory of a GPU."""

    pid: int
    kind: str  # "compute", "graphics"
    used_mib: float | None = None
    name: str = ""


@dataclass(frozen=True)
class Card:
    """One GPU. Lists have one entry a sample; None in them: that reading failed. None elsewhere: the driver does not tell."""

    index: int
    name: str
    facts: Mapping[str, Any] = field(default_factory=dict)  # what does not change, by the names in `nvml_card.describe`
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    samples: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    def column(self, name: str) -> tuple[Any, ...]:
        """All values of one column, in order."""
        return self.samples.get(name, ())

    def busy(self, name: str) -> tuple[Any, ...]:
        """Values of one column while the GPU computed, without failed readings. Empty where it never did.

        Where the driver does not tell the load, all samples count.
        """
        load, values = self.column("load_percent"), self.column(name)
        if not any(percent is not None for percent in load):
            return tuple(value for value in values if value is not None)
        both = zip(load, values, strict=False)
        kept = tuple(value for percent, value in both if value is not None and (percent or 0) >= _BUSY_PERCENT)
        return kept if len(kept) >= _ENOUGH_SAMPLES else ()

    def held_back(self, bits: int) -> float:
        """Share of the busy samples in which one of these reasons held the clocks down."""
        reasons = self.busy("reasons")
        return sum(bool(value & bits) for value in reasons) / len(reasons) if reasons else 0.0

    def grown(self, counter: str) -> float | None:
        """How much a counter of the driver grew; None where it does not tell."""
        first, last = self.before.get(counter), self.after.get(counter)
        return None if first is None or last is None else float(last) - float(first)

    @property
    def seconds(self) -> float:
        """How long it was watched."""
        times = self.column("t_s")
        return float(times[-1] - times[0]) if len(times) > 1 else 0.0

    @property
    def power_limit_w(self) -> float | None:
        """The limit that was in force, the lower one where it was changed meanwhile; None: the driver does not tell."""
        told = (self.facts.get("power_enforced_w") or self.facts.get("power_limit_w"), self.after.get("power_enforced_w"))
        return min((limit for limit in told if limit), default=None)

    @property
    def memory(self) -> Mapping[str, Any]:
        """`total_mib`, `used_mib`, `shared_with_cpu`."""
        return self.facts.get("memory") or {}

    @property
    def slice(self) -> Mapping[str, Any] | None:
        """The MIG instance that a program gets which does not ask for another; None: the card is whole."""
        instances = (self.facts.get("mig") or {}).get("instances") or ()
        return instances[0] if instances else None

    @property
    def slice_share(self) -> float:
        """Share of the memory, and so of its bandwidth: instances are cut in eighths (NVIDIA MIG User Guide, 2020)."""
        total, part = self.memory.get("total_mib"), (self.slice or {}).get("total_mib")
        return max(1, round(8 * part / total)) / 8 if total and part else 1.0

    def processes(self) -> tuple[Process, ...]:
        """Everybody seen on the card, before or after."""
        found: dict[int, Process] = {}
        for entry in (*(self.before.get("processes") or ()), *(self.after.get("processes") or ())):
            found[entry["pid"]] = Process(entry["pid"], entry["kind"], entry["used_mib"], entry["name"] or "")
        return tuple(found.values())


@dataclass(frozen=True)
class Gpus:
    """All GPUs of a host, or why there are none."""

    cards: tuple[Card, ...] = ()
    driver: str = ""
    cuda: str = ""
    engine_pid: int = 0
    pairs: tuple[Mapping[str, Any], ...] = ()
    xids: tuple[Mapping[str, Any], ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)
    code: str = ""  # stable: "no-driver", "mismatch", ...
    reason: str = ""  # why nothing was seen; "" where something was


def read(found: Mapping[str, Any] | None) -> Gpus:
    """GPUs in the host's document (its part `gpu`).

    Raises:
        KeyError, TypeError: it is damaged.
    """
    if not found:
        return Gpus(reason="the GPUs were not watched", code="not-watched")
    if "gpus" not in found:
        return Gpus(reason=str(found["reason"]), code=str(found.get("code", "")))
    return Gpus(
        cards=tuple(_card(entry) for entry in found["gpus"]),
        driver=found.get("driver") or "",
        cuda=found.get("cuda") or "",
        engine_pid=found.get("engine_pid") or 0,
        pairs=tuple(found.get("pairs") or ()),
        xids=tuple(found.get("xids") or ()),
        missing=found.get("missing") or {},
    )


def _card(entry: Mapping[str, Any]) -> Card:
    kept = {"before", "after", "samples"}
    return Card(
        index=entry["index"],
        name=entry["name"] or f"GPU {entry['index']}",
        facts={key: value for key, value in entry.items() if key not in kept},
        before=entry.get("before") or {},
        after=entry.get("after") or {},
        samples={name: tuple(values) for name, values in (entry.get("samples") or {}).items()},
    )

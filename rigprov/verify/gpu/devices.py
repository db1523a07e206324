"""From what was seen to the proof's devices. Pure."""

from collections.abc import Mapping
from typing import Any

from rigprov.catalog.gpu_names import named
from rigprov.model.proof import Device, Samples
from rigprov.verify.enginelog import EngineLog, in_ram
from rigprov.verify.gpu.seen import Card, Gpus, Process

_MOST_SAMPLES = 600  # of one GPU in a proof: a minute at full rate, and enough for a chart
_LOADED_MIB = 100.0  # growth of used memory that can only be a model being loaded while we watched
_CONTEXT_MIB = 600.0  # a CUDA context without weights takes 200 to 500
_PLACES = {"sm_mhz": 0, "memory_mhz": 0, "power_w": 1, "temperature_c": 0, "used_mib": 0}


def devices(gpus: Gpus, log: EngineLog) -> tuple[Device, ...]:
    """One for each GPU that the driver shows."""
    names = engine_names(gpus, log)
    return tuple(_device(card, gpus, log, names) for card in gpus.cards)


def engine_names(gpus: Gpus, log: EngineLog) -> dict[int, str]:
    """The engine's name of each GPU, by the driver's number.

    CUDA numbers the fastest first, the driver by place on the bus: so they are matched by address, else by model in order.
    """
    found: dict[int, str] = {}
    left = list(gpus.cards)
    for device in log.devices:
        place = (card for card in left if device.bus and same_bus(device.bus, card.facts.get("bus")))
        model = (card for card in left if device.title and device.title in card.name)
        card = next(place, None) or next(model, None)
        if card is not None:
            found[card.index] = device.name
            left.remove(card)
    if not found and log.backend == "CUDA":
        used = sorted({name for name in log.model if not in_ram(name)})
        found = {card.index: f"CUDA{card.index}" for card in gpus.cards if f"CUDA{card.index}" in used}
    return found


def same_bus(one: object, other: object) -> bool:
    """Whether two PCI addresses are the same; the driver writes the domain with 8 digits, the engine with 4."""
    return bool(one and other) and str(one).lower().lstrip("0") == str(other).lower().lstrip("0")


def bandwidth_gb_s(card: Card) -> float | None:
    """Peak of the whole card, by the driver; of one that shares the CPU's memory, where it tells nothing, by the catalogue."""
    told: float | None = card.facts.get("bandwidth_gb_s")
    if told or not card.memory.get("shared_with_cpu"):
        return told
    known = named(card.name)
    return known[0].bandwidth_gb_s if len(known) == 1 else None


def engine_memory(card: Card, gpus: Gpus, log: EngineLog, name: str) -> float | None:
    """MiB that the engine took on one GPU; None: nothing tells.

    By the driver's list of processes; else by how much more was used, where the model was loaded while we watched; else by
    the engine's own words.
    """
    mine = next((one for one in card.processes() if gpus.engine_pid and one.pid == gpus.engine_pid), None)
    if mine is not None and mine.used_mib is not None:
        return mine.used_mib
    used = [value for value in card.column("used_mib") if value is not None]
    before = card.before.get("used_mib")
    if used and before is not None and max(used) - before > _LOADED_MIB:
        return float(max(used) - before)
    if not name or not log.model:
        listed = card.after.get("processes") is not None and gpus.engine_pid
        return 0.0 if listed else None  # the driver names everybody, and the engine is not among them
    told = [part.get(name, 0.0) for part in (log.kv, log.compute)]
    share = log.share(name)
    return round((share or 0.0) * sum(log.model.values()) + sum(told), 1)


def others(card: Card, gpus: Gpus) -> tuple[Process, ...] | None:
    """Processes on the card that are not the engine, the largest first; None: it cannot be told which is which."""
    found = card.processes()
    if gpus.engine_pid:
        rest = [one for one in found if one.pid != gpus.engine_pid]
    else:
        if not found:
            return None
        early = {entry["pid"] for entry in card.before.get("processes") or ()}
        late = [one for one in found if one.pid not in early and one.kind == "compute"]
        engine = max(late or [one for one in found if one.kind == "compute"], key=lambda one: one.used_mib or 0, default=None)
        rest = [one for one in found if one is not engine]
    return tuple(sorted(rest, key=lambda one: one.used_mib or 0, reverse=True))


def _device(card: Card, gpus: Gpus, log: EngineLog, names: Mapping[int, str]) -> Device:
    name = names.get(card.index, "")
    facts, whole = card.facts, card.memory.get("total_mib")
    peak, taken = bandwidth_gb_s(card), engine_memory(card, gpus, log, name)
    part = card.slice or {}
    return Device(
        index=card.index,
        name=f"{card.name}, MIG {_profile(part)}" if part else card.name,
        memory_total_mib=part.get("total_mib") or whole,
        engine_memory_mib=taken,
        layers=_layers(gpus, log, name, names, taken),
        pcie_generation=max(card.busy("pcie_generation"), default=None),
        pcie_width=max(card.busy("pcie_width"), default=None),
        power_limit_w=card.power_limit_w,
        power_default_w=facts.get("power_default_w"),
        bandwidth_gb_s=round(peak * card.slice_share, 1) if peak else None,
        samples=_samples(card),
    )


def _profile(part: Mapping[str, Any]) -> str:
    """ "3g.20gb" of "NVIDIA A100-SXM4-40GB MIG 3g.20gb"."""
    return str(part.get("name") or "instance").rpartition("MIG ")[2]


def _layers(gpus: Gpus, log: EngineLog, name: str, names: Mapping[int, str], taken: float | None) -> int | None:
    """Layers on one GPU. Where the engine names only their sum: 0 where it has no weights; all where it alone has some."""
    if log.backend == "CPU":
        return 0
    if log.layers_on:
        return log.layers_on.get(name, 0)
    if len(gpus.cards) == 1:
        return log.offloaded
    shares = [log.share(one) or 0.0 for one in names.values()]
    if not any(shares):
        return 0 if taken is not None and taken < _CONTEXT_MIB else None
    if not log.share(name):
        return 0
    return log.offloaded if sum(share > 0 for share in shares) == 1 else None


def _samples(card: Card) -> Samples:
    count = len(card.column("t_s"))
    step = -(-count // _MOST_SAMPLES) or 1
    kept = {name: tuple(None if v is None else round(v, n) for v in card.column(name)[::step]) for name, n in _PLACES.items()}
    told = {name: values for name, values in kept.items() if any(value is not None for value in values)}
    return Samples(t_s=card.column("t_s")[::step], **told)

"""From what was seen to the proof's links. Pure."""

from collections.abc import Mapping
from typing import Any

from rigprov.model.proof import Link
from rigprov.verify.gpu.devices import same_bus
from rigprov.verify.gpu.seen import Card, Gpus

# nvmlGpuP2PStatus_t (nvml.h)
_STATUS = {
    1: "the driver says that the chipset does not support it; GeForce drivers say so on all boards",
    2: "the GPU does not support it",
    3: "the GPUs hang on different root complexes",
    4: "it is switched off in the driver's settings",
    5: "not supported",
    6: "the driver does not know",
}


def links(gpus: Gpus) -> tuple[Link, ...]:
    """One for each two GPUs."""
    return tuple(_link(gpus, pair) for pair in gpus.pairs)


def _link(gpus: Gpus, pair: Mapping[str, Any]) -> Link:
    first, second = pair["first"], pair["second"]
    direct = _nvlinks(gpus.cards[first], gpus.cards[second])
    if direct or pair.get("nvlink") == 0:
        count = direct or _up(gpus.cards[first])  # over a switch, all links lead to the switch
        return Link(first, second, f"NVLink x{count}" if count else "NVLink")
    status = pair.get("read")
    if status == 0:
        return Link(first, second, "P2P over PCIe")
    if status is None:
        return Link(first, second, "unknown", gpus.missing.get("nvmlDeviceGetP2PStatus", "the driver does not tell"))
    down = "; their NVLinks are down, as without a bridge" if gpus.cards[first].facts.get("nvlinks") else ""
    return Link(first, second, "through host memory", _STATUS.get(status, f"status {status}") + down)


def _nvlinks(one: Card, other: Card) -> int:
    bus = other.facts.get("bus")
    return sum(bool(link["up"]) and same_bus(link.get("remote"), bus) for link in one.facts.get("nvlinks") or ())


def _up(card: Card) -> int:
    return sum(bool(link["up"]) for link in card.facts.get("nvlinks") or ())

"""What several GPUs cost each other while decoding. Pure.

With a layer split one GPU works after the other and hands over one vector of a few KiB: no cost worth counting. With a tensor
split all work on each layer at once and add up their parts twice a layer; with llama.cpp's older row split each of a layer's
seven matrices is gathered on the first GPU. What counts is the delay of one such exchange, not the bandwidth of the link.

The delays are derived, not measured one by one: from pairs of published speeds of the same machine with and without a split or
with and without a link, the difference in time per token over the number of exchanges.
"""

from dataclasses import dataclass
from typing import Literal

from rigprov.model.tier import Split

LinkKind = Literal["nvlink", "p2p", "host", "unknown"]

PER_LAYER: dict[Split, int] = {"none": 0, "layer": 0, "row": 7, "tensor": 2}


@dataclass(frozen=True)
class Delay:
    """Microseconds that one exchange between two GPUs takes."""

    best: float
    worst: float
    source: str


DELAYS: dict[LinkKind, Delay] = {
    # Two RTX 3090, vLLM: 89.2 tokens/s over PCIe 4, 102.1 over NVLink, about two tokens a step: 20 us less than PCIe.
    "nvlink": Delay(5, 15, "derived from club-3090's two RTX 3090 with and without NVLink (2026)"),
    "p2p": Delay(8, 30, "derived: between NVLink and the way through host memory"),
    # RTX 3060 with RTX 4070 SUPER, 27B Q4_K_M: 30.1 tokens/s with a tensor split, 27 us (ai-maestro.online, 2026).
    # Two RTX 3090, dense model, vLLM: 41 tokens/s on one, 64.5 on both, 26 us (ure.us, 2026).
    # Two RTX 3090 on PCIe 3 through the CPU: 42.7, with NVLink 67.2: 120 us (club-3090, 2026).
    "host": Delay(15, 120, "derived from pairs of GeForce cards without P2P (ai-maestro.online, ure.us, club-3090, 2026)"),
    "unknown": Delay(5, 120, "the link is not known: from NVLink to PCIe 3 through host memory"),
}


def kind_of(words: str) -> LinkKind:
    """Kind of a link as `rigprov.model.proof.Link` words it: "NVLink x4", "P2P over PCIe", "through host memory"."""
    lower = words.lower()
    if "nvlink" in lower:
        return "nvlink"
    return "p2p" if "p2p" in lower else "host" if "host" in lower else "unknown"


def slowest(kinds: list[LinkKind]) -> LinkKind:
    """The link that all wait for; unknown where none is known."""
    order: tuple[LinkKind, ...] = ("host", "p2p", "nvlink")
    if not kinds or "unknown" in kinds:
        return "unknown"
    return next(kind for kind in order if kind in kinds)


def cost_ms(split: Split, layers: int, gpus: int, link: LinkKind) -> tuple[float, float]:
    """Best and worst milliseconds a token. More GPUs pass parts on in turn, so the delay grows with their number."""
    exchanges = PER_LAYER[split] * layers * (gpus - 1)
    return exchanges * DELAYS[link].best / 1e3, exchanges * DELAYS[link].worst / 1e3

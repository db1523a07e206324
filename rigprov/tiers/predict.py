"""Decode speed to expect, before or after measuring: bandwidth x share / bytes read for a token. Pure.

The same function predicts for hardware that nobody owns yet (bandwidth from the catalogue) and judges hardware that was
measured (bandwidth from the driver's bus width and memory clock, or read by threads on a CPU).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rigprov.catalog.gpus import Memory
from rigprov.catalog.pinned import Model
from rigprov.model.proof import Band
from rigprov.model.tier import Split
from rigprov.tiers.links import DELAYS, LinkKind, cost_ms
from rigprov.tiers.shares import LENGTH_WORDS, MEMORY_WORDS, Share, length_of, share

# Tokens in the context while `verify` takes the speed: a short prompt, and half of the 128 tokens or more that are decoded.
MEASURED_DEPTH = 128
CATALOGUE = "bandwidth from the catalogue"


@dataclass(frozen=True)
class Traffic:
    """What one token reads."""

    weights: int  # bytes; of a mixture of experts those that one token uses
    kv_per_position: int  # bytes of key/value cache for each token in the context
    layers: int
    moe: bool = False

    @classmethod
    def of(cls, model: Model) -> "Traffic":
        """Of a model of the catalogue."""
        return cls(model.bytes_per_token, model.kv_bytes_per_position, model.layers, model.moe)


@dataclass(frozen=True)
class Card:
    """A memory that weights are read from: one GPU's, or the CPU's."""

    name: str
    bandwidth_gb_s: float  # decimal
    memory: Memory
    vram_gib: float | None = None  # decides how llama.cpp shares a model out; None: equal shares


def ideal_ms(traffic: Traffic, cards: Sequence[Card], *, depth: int = 0, split: Split = "layer") -> float:
    """Milliseconds to read one token's bytes at the peak bandwidth of the cards: the physical limit.

    One card after the other with a layer split; all at once with a tensor or row split, where the slowest counts. A row split
    keeps the key/value cache on the first card.

    Raises:
        ValueError: no card, or a bandwidth that is not positive.
    """
    if not cards or any(card.bandwidth_gb_s <= 0 for card in cards):
        raise ValueError("the bandwidth of at least one memory must be known, and be more than nothing")
    weights, cache = traffic.weights / 1e6, depth * traffic.kv_per_position / 1e6  # MB, so that MB / (GB/s) is ms
    used = list(zip(cards, _portions(cards), strict=True))
    if split in ("none", "layer") or len(cards) == 1:
        return sum((weights + cache) * part / card.bandwidth_gb_s for card, part in used)
    if split == "row":
        return max(weights * part / card.bandwidth_gb_s for card, part in used) + cache / cards[0].bandwidth_gb_s
    return max((weights + cache) * part / card.bandwidth_gb_s for card, part in used)


def band(
    traffic: Traffic,
    cards: Sequence[Card],
    *,
    depth: int = 0,
    split: Split = "layer",
    link: LinkKind = "unknown",
    origin: str = CATALOGUE,
) -> Band:
    """Tokens/s that healthy machines of this kind reach, and the physical limit.

    Args:
        traffic: what a token reads.
        cards: those that hold the model. With split "none" only the first counts.
        depth: tokens in the context while the token is decoded.
        split: between several cards.
        link: between them; counts for tensor and row only.
        origin: where the bandwidth comes from, in words.

    Raises:
        ValueError: as `ideal_ms`.
    """
    used = list(cards[:1] if split == "none" else cards)
    ideal = ideal_ms(traffic, used, depth=depth, split=split)
    shares = {card.memory: share(card.memory, ideal, moe=traffic.moe) for card in used}
    best, worst = cost_ms(split, traffic.layers, len(used), link) if len(used) > 1 else (0.0, 0.0)
    low = 1e3 / (ideal / min(found.low for found in shares.values()) + worst)
    high = 1e3 / (ideal / max(found.high for found in shares.values()) + best)
    length = LENGTH_WORDS[length_of(ideal, moe=traffic.moe)]
    words = [f"{_cards(used)}: {origin}", *(_why(memory, length, found) for memory, found in shares.items())]
    if len(used) > 1 and worst:
        words.append(f"exchange between GPUs {DELAYS[link].best:g} to {DELAYS[link].worst:g} us ({DELAYS[link].source})")
    return Band(low=round(low, 1), high=round(high, 1), limit=round(1e3 / ideal, 1), source="; ".join(words))


def _portions(cards: Sequence[Card]) -> list[float]:
    """Part of the model on each card: by memory, as llama.cpp does by default."""
    sizes = [card.vram_gib for card in cards]
    known = [size for size in sizes if size]
    if len(known) < len(cards):
        return [1 / len(cards)] * len(cards)
    return [size / sum(known) for size in known]


def _cards(cards: Sequence[Card]) -> str:
    counted: dict[str, int] = {}
    for card in cards:
        name = f"{card.name} {card.bandwidth_gb_s:g} GB/s"
        counted[name] = counted.get(name, 0) + 1
    return " and ".join(f"{count}x {name}" if count > 1 else name for name, count in counted.items())


def _why(memory: Memory, length: str, found: Share) -> str:
    """Where the share comes from."""
    sources = sorted({f"{row.source} {row.year}" for row in found.rows})
    rows = f"{len(found.rows)} measurement{'s' if len(found.rows) > 1 else ''} ({', '.join(sources)})"
    said = f"share {found.low:.2f} to {found.high:.2f} for {MEMORY_WORDS[memory]}, {length}"
    if found.derived:
        return f"{said}: derived, nobody's measurement, with the time beyond reading taken from {found.derived}: {rows}"
    return f"{said}: from {rows}, {found.margin:.0%} added on each side"

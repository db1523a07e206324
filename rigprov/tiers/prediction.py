"""What a model would do on hardware that nobody has asked yet. A prediction, and called so: nothing here is measured."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rigprov.catalog.pinned import Model
from rigprov.model.proof import Band
from rigprov.model.tier import Split
from rigprov.tiers.links import LinkKind
from rigprov.tiers.predict import CATALOGUE, Card, Traffic, band
from rigprov.tiers.room import Room, in_vram

SHARED = {
    "unified": "its memory is shared with the CPU",
    "apple": "its memory is shared with the CPU",
    "dram": "it lies in the machine's RAM",
    "dram-read": "it lies in the machine's RAM",
}


@dataclass(frozen=True)
class Prediction:
    """One model on one set of cards.

    Args:
        start: tokens/s while the context is empty.
        full: tokens/s with `context` tokens in it.
        room: in VRAM with a full context; None where the cards have no memory of their own, or of unknown size.
        room_reason: why it is None.
    """

    model: Model
    cards: tuple[Card, ...]
    split: Split
    link: LinkKind
    context: int
    start: Band
    full: Band
    need_bytes: int
    room: Room | None
    room_reason: str = ""


def predict(
    model: Model, cards: Sequence[Card], *, context: int, split: Split, link: LinkKind, origin: str = CATALOGUE
) -> Prediction:
    """Speed and room of `model` on `cards`; with split "none" on the first of them alone.

    `origin`: where their bandwidth comes from, in words.
    """
    used = tuple(cards[:1] if split == "none" else cards)
    traffic = Traffic.of(model)
    room, reason = _room(model, used, context)
    start = band(traffic, used, split=split, link=link, origin=origin)
    full = band(traffic, used, depth=context, split=split, link=link, origin=origin)
    return Prediction(
        model=model,
        cards=used,
        split=split,
        link=link,
        context=context,
        start=start,
        # A longer token may belong to a class of which more is known; that makes nobody faster.
        full=replace(full, low=min(full.low, start.low), high=min(full.high, start.high)),
        need_bytes=model.resident_bytes(context),
        room=room,
        room_reason=reason,
    )


def _room(model: Model, cards: Sequence[Card], context: int) -> tuple[Room | None, str]:
    if shared := next((SHARED[card.memory] for card in cards if card.memory in SHARED), ""):
        return None, shared
    sizes = [card.vram_gib for card in cards if card.vram_gib is not None]
    if len(sizes) < len(cards):
        return None, "how much VRAM there is was not said"
    return in_vram(model, context, sizes), ""

"""Predicted speeds as text and as data. The word "predicted" stands beside every figure."""

from collections.abc import Sequence
from textwrap import wrap

from rigprov.model.proof import Band
from rigprov.report.json import plain
from rigprov.tiers.predict import Card
from rigprov.tiers.prediction import Prediction
from rigprov.tiers.room import GIB

_WIDTH = 110


def prediction_text(found: Sequence[Prediction]) -> str:
    """One table for all models, and where the figures come from."""
    first = found[0]
    lines = [f"predicted, not measured: {_hardware(first)}", ""]
    width = max(len(_title(one)) for one in found)
    head = f"  {'model':<{width}}  predicted tokens/s  limit   with {first.context} tokens  limit   memory"
    lines += [head, *(_row(one, width) for one in found), "", "  where the figures come from:"]
    sources = dict.fromkeys(one.start.source for one in found)
    for source in sources:
        lines += wrap(source, _WIDTH, initial_indent="  - ", subsequent_indent="    ", break_on_hyphens=False)
    lines.append("  The limit is physical: bandwidth / bytes read for a token. What is faster was not measured right.")
    return "\n".join(lines) + "\n"


def prediction_data(one: Prediction) -> dict[str, object]:
    """One prediction in JSON types; speeds in tokens/s, sizes in bytes."""
    room = one.room
    return {
        "kind": "predicted",
        "model": one.model.key,
        "title": _title(one),
        "cards": plain(one.cards),
        "split": one.split,
        "link": one.link,
        "context": one.context,
        "empty_context": plain(one.start),
        "full_context": plain(one.full),
        "need_bytes": one.need_bytes,
        "usable_vram_bytes": room.have if room else None,
        "spare_bytes": room.spare if room else None,
        "fits": room.fits if room else None,
        "fits_reason": one.room_reason,
    }


def _hardware(one: Prediction) -> str:
    counted: dict[Card, int] = {}
    for card in one.cards:
        counted[card] = counted.get(card, 0) + 1
    names = [f"{count}x {_card(card)}" if count > 1 else _card(card) for card, count in counted.items()]
    how = f", {one.split} split" if len(one.cards) > 1 else ""
    if one.split in ("row", "tensor") and len(one.cards) > 1:
        how += f", link {one.link}"
    return f"{' and '.join(names)}{how}"


def _card(card: Card) -> str:
    size = f", {card.vram_gib:g} GiB" if card.vram_gib is not None else ""
    return f"{card.name} ({card.bandwidth_gb_s:g} GB/s{size})"


def _row(one: Prediction, width: int) -> str:
    start, full = _range(one.start), _range(one.full)
    wide = len(str(one.context)) + 12  # of "with N tokens"
    speeds = f"{start:<18}  {one.start.limit:<6g}  {full:<{wide}}  {one.full.limit:<6g}"
    return f"  {_title(one):<{width}}  {speeds}  {_memory(one)}"


def _range(band: Band) -> str:
    return f"{band.low:.1f} to {band.high:.1f}"


def _memory(one: Prediction) -> str:
    need = f"{one.need_bytes / GIB:.1f} GiB"
    if one.room is None:
        return f"needs {need}; {one.room_reason}"
    if one.room.fits:
        return f"fits: {need}, {one.room.spare / GIB:.1f} GiB to spare"
    lacking = f"{-one.room.spare / GIB:.1f} GiB"
    return f"DOES NOT FIT: {need}, {lacking} short; layers on the CPU would make it far slower"


def _title(one: Prediction) -> str:
    return f"{one.model.title} {one.model.quantisation}"

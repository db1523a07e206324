"""A GPU by the name that people, shops and drivers give it: `4090`, `rtx-4090`, `NVIDIA GeForce RTX 4090`."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from rigprov.catalog.gpus import GpuModel, every
from rigprov.errors import UsageError

# Said or left out as people please; they tell no card from another once its number is there.
_BRAND = frozenset(
    ["nvidia", "geforce", "rtx", "gtx", "gt", "tesla", "quadro", "gpu", "graphics", "edition", "generation", "series", "card"]
)
# In the driver's name of some cards, and not in the table's.
_MORE = frozenset(["ada", "blackwell", "founders", "workstation"])
_SIZE = re.compile(r"(\d+)\s*(?:gib|gb|g)\b")
_WORD = re.compile(r"[a-z]+\d+|\d+|[a-z]+")
_NEAREST = 3


@dataclass(frozen=True)
class _Name:
    words: frozenset[str]  # without the brand
    sizes: frozenset[str]  # of memory, in GB


def gpu(text: str) -> GpuModel:
    """The card that `text` names.

    Raises:
        UsageError: no card is called so, or cards that differ in memory are.
    """
    found = named(text)
    if len(found) == 1:
        return found[0]
    if found:
        listed = "; ".join(f"{card.name} ({card.vram_gb:g} GB, {card.bandwidth_gb_s:g} GB/s)" for card in found)
        raise UsageError(f"`{text}` can be one of {len(found)} GPUs", hint=f"name one of them: {listed}")
    near = nearest(text)
    bare = "give --bandwidth and --vram for hardware that is not in the table"
    hint = f"near to it are {'; '.join(near)}; or {bare}" if near else bare
    raise UsageError(f"there is no GPU `{text}` in the table", hint=hint)


def named(text: str) -> tuple[GpuModel, ...]:
    """Cards that `text` can mean, one of each memory size and bandwidth; a whole name wins over a part of one."""
    asked = _parse(text)
    if not asked.words:
        return ()
    known = [(card, _of(card)) for card in every() if _usable(card)]
    sized = [(card, name) for card, name in known if asked.sizes <= name.sizes]
    whole = [card for card, name in sized if _within(asked.words, name.words) and len(asked.words) == len(name.words)]
    part = [card for card, name in sized if _within(asked.words, name.words)]
    return _distinct(whole or part or _longest(asked, sized))


def nearest(text: str) -> tuple[str, ...]:
    """Names most like `text`, for a message."""
    names = {_plain(card.name): card.name for card in every() if _usable(card)}
    return tuple(names[near] for near in difflib.get_close_matches(_plain(text), names, n=_NEAREST, cutoff=0.5))


def _plain(text: str) -> str:
    return " ".join(_words(_SIZE.sub(" ", text.lower())))


def _usable(card: GpuModel) -> bool:
    """Whether the row says enough to predict with. Memory that is shared with the CPU has no size of its own."""
    return card.bandwidth_gb_s is not None and (card.vram_gb is not None or card.kind == "unified")


def _longest(asked: _Name, known: Iterable[tuple[GpuModel, _Name]]) -> list[GpuModel]:
    """Cards whose whole name lies in the text, which says a little more than the table does ("Max-Q Workstation")."""
    inside = [(len(name.words), card) for card, name in known if name.words <= asked.words <= name.words | _MORE]
    most = max((count for count, _ in inside), default=0)
    return [card for count, card in inside if count == most and _has_number(_of(card))]


def _has_number(name: _Name) -> bool:
    return any(letter.isdigit() for word in name.words for letter in word)


def _within(asked: frozenset[str], name: frozenset[str]) -> bool:
    """Whether every word asked for is one of the name's, or the beginning of one that goes on with a digit ("sxm": SXM5)."""
    return all(word in name or any(re.fullmatch(rf"{word}(\d|e)", other) for other in name if word.isalpha()) for word in asked)


def _distinct(cards: Iterable[GpuModel]) -> tuple[GpuModel, ...]:
    """The first of those that are the same for a prediction."""
    kept: dict[tuple[float | None, float | None, str], GpuModel] = {}
    for card in cards:
        kept.setdefault((card.vram_gb, card.bandwidth_gb_s, card.kind), card)
    return tuple(kept.values())


def _of(card: GpuModel) -> _Name:
    name = _parse(card.name)
    return _Name(name.words, name.sizes | ({f"{card.vram_gb:g}"} if card.vram_gb else frozenset()))


def _parse(text: str) -> _Name:
    lower = text.lower()
    sizes = frozenset(_SIZE.findall(lower))
    return _Name(frozenset(_words(_SIZE.sub(" ", lower))), sizes)


def _words(text: str) -> list[str]:
    """Letters and numbers apart where a number comes first ("4070ti"), together where letters do ("a100")."""
    glued = re.sub(r"\b(rtx|gtx|gt)(?=\d)", r"\1 ", text.lower()).replace("tisuper", "ti super")
    return [word for word in _WORD.findall(glued) if word not in _BRAND]

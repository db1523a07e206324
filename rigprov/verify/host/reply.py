"""What one request gave, whichever engine answered it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from rigprov.verify.host.web import RequestFailed

FEWEST = 16  # tokens; over fewer the clock's and the scheduler's grain shows
_FASTEST = 10_000.0  # tokens/s of one stream; several times what any engine decodes (the smallest models: some 1000)
_MOST_TOKENS = 10**7  # in one reply or prompt
_FASTEST_PROMPT = 10**7  # tokens/s
_CLOCKS_APART = 1.1  # how much longer than ours another clock may say that something took


@dataclass(frozen=True)
class Reply:
    """Decoded text with the engine's own count of it.

    Args:
        text: what was decoded; the reasoning where nothing else came.
        tokens: decoded, as the engine counts (reasoning and a hidden end token included).
        tok_s: decode tokens/s. The window begins when the first token is there, so that token is not counted.
        first_token_s: from sending the request until the first piece of text; None where it was not streamed.
        prompt_tokens: of the prompt; None where the engine does not tell.
        prompt_tok_s: None where it cannot be told.
        cached: tokens of the prompt that came from a cache.
        counted: where the count comes from: "timings", "usage", "eval_count".
        reasoning: whether part of it was reasoning.
    """

    text: str
    tokens: int
    tok_s: float
    first_token_s: float | None = None
    prompt_tokens: int | None = None
    prompt_tok_s: float | None = None
    cached: int = 0
    counted: str = "timings"
    reasoning: bool = False


def over(tokens: float, first: float, seconds: float) -> float:
    """Decode tokens/s of `tokens` of which `first` were there when the clock started.

    Raises:
        RequestFailed: no engine is that fast, or time ran backwards: counts or clock of the server are not right.
    """
    found = (tokens - first) / seconds if seconds else math.inf
    if not 0 < found <= _FASTEST:
        said = f"{tokens:g} tokens in {seconds:.3g} s cannot be: the server counts or times wrong, or its replies are held back"
        raise RequestFailed(said, fix="measure the engine itself and not a proxy before it, or update the server")
    return found


def event_of(data: bytes) -> dict[str, Any]:
    """One event of a stream.

    Raises:
        RequestFailed: it is no JSON object.
    """
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise RequestFailed("the server's stream holds something that is not JSON") from error
    if not isinstance(found, dict):
        raise RequestFailed("the server's stream holds something that is not an event")
    return found


def number(value: Any) -> float | None:
    """A figure of a server's, if it is one and more than nothing: JSON also holds NaN, texts, and numbers without end."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if 0 < value < math.inf and value < 1e300 else None  # noqa: PLR2004 (what a float holds)


def count(value: Any) -> int | None:
    """A number of tokens, if it can be one."""
    found = number(value)
    return int(found) if found is not None and found == int(found) and found <= _MOST_TOKENS else None


def prompt_speed(value: Any) -> float | None:
    """Prompt tokens/s as a server tells it, if it can be."""
    found = number(value)
    return found if found is not None and found <= _FASTEST_PROMPT else None


def on_clock(seconds: float, elapsed: float) -> float:
    """Seconds that a server says its decoding took, which are fewer than the whole request took on our own clock.

    Raises:
        RequestFailed: they are more.
    """
    if seconds > elapsed * _CLOCKS_APART + 0.05:  # s; of a clock that ticks coarsely
        said = f"the server says that it decoded for {seconds:.3g} s, but the whole reply took {elapsed:.3g} s"
        raise RequestFailed(said, fix="update the server: its clock is wrong")
    return seconds


def in_first_piece(tokens: int, pieces: list[str], came: int = 1) -> float:
    """How many of the tokens came with the first `came` pieces of a stream, estimated from their share of the text.

    Servers bundle tokens, some only after the first piece, so the number of pieces tells nothing. At least one.
    """
    total = sum(len(piece) for piece in pieces)
    if not total or len(pieces) >= 0.9 * tokens:  # a piece a token, but for those without text
        return float(came)
    return max(1.0, tokens * sum(len(piece) for piece in pieces[:came]) / total)

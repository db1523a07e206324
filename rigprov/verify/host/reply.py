"""What one request gave, whichever engine answered it."""

from __future__ import annotations

from dataclasses import dataclass

FEWEST = 16  # tokens; over fewer the clock's and the scheduler's grain shows


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


def over(tokens: int, first: float, seconds: float) -> float:
    """Decode tokens/s of `tokens` of which `first` were there when the clock started."""
    return (tokens - first) / seconds


def in_first_piece(tokens: int, pieces: list[str]) -> float:
    """How many of the tokens came with the first piece of a stream, estimated from its share of the text.

    Servers bundle tokens, some only after the first piece, so the number of pieces tells nothing. At least one.
    """
    total = sum(len(piece) for piece in pieces)
    if not total or len(pieces) >= 0.9 * tokens:  # a piece a token, but for those without text
        return 1.0
    return max(1.0, tokens * len(pieces[0]) / total)

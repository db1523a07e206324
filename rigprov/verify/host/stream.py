"""A stream of events in OpenAI's interface: what came when, and the rate that follows."""

from __future__ import annotations

import itertools
from typing import Any

from rigprov.verify.host.reply import FEWEST, Reply, count, event_of, in_first_piece, number, on_clock, over, prompt_speed
from rigprov.verify.host.web import RequestFailed

NO_COUNTS = "the server reports no token counts"
_TOGETHER_S = 0.0003  # between pieces that lay ready already; no engine decodes a token that fast
_MORE = 1.05  # an end token may be counted beyond the limit
_MISCOUNTS = "measure it with the engine's own benchmark, or update the server"
_OVERHEAD = 4096  # tokens that a server's own template puts around a prompt


class Stream:
    """A stream of events while it arrives.

    Args:
        began: `time.perf_counter()` when the request was sent.
        prompt: that was sent; "": not known.
    """

    def __init__(self, began: float, prompt: str = "") -> None:
        self._began, self._prompt, self._last = began, prompt, began
        self._pieces: list[str] = []
        self._stamps: list[float] = []
        self._counts: list[int | None] = []  # tokens that the server had counted with each piece
        self._usage: dict[str, Any] = {}
        self._timings: dict[str, Any] = {}
        self._reasoning = ""
        self.events, self.ended = 0, False

    def take(self, line: bytes, now: float) -> None:
        """One line, and when it came."""
        self._last = now
        if not line.startswith(b"data:"):
            return
        self.events += 1
        data = line[5:].strip()
        if data == b"[DONE]":
            self.ended = True
            return
        event = event_of(data)
        if event.get("error"):
            said = event["error"]
            raise RequestFailed(f"the server broke off: {said.get('message', said) if isinstance(said, dict) else said}")
        usage = _dict(event.get("usage"))
        self._usage, self._timings = usage or self._usage, _dict(event.get("timings")) or self._timings
        choices = event.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            self._choice(_dict(choice), count(usage.get("completion_tokens")), now)

    def _choice(self, choice: dict[str, Any], counted: int | None, now: float) -> None:
        delta = _dict(choice.get("delta"))
        thought = _text(delta.get("reasoning_content")) or _text(delta.get("reasoning"))
        piece = thought + (_text(choice.get("text")) or _text(delta.get("content")))
        self._reasoning += thought
        self.ended = self.ended or bool(choice.get("finish_reason"))
        if piece:
            self._counts.append(counted)
            self._pieces.append(piece)
            self._stamps.append(now)

    def reply(self, asked: int) -> Reply:
        """The whole of it.

        Raises:
            RequestFailed: no count, no text, too few tokens to time, or figures that cannot be.
        """
        tokens = count(self._usage.get("completion_tokens")) or count(self._timings.get("predicted_n"))
        if not tokens:
            raise RequestFailed(NO_COUNTS, fix="measure it with the engine's own benchmark, or with a server that sends `usage`")
        if not self._pieces:
            raise RequestFailed("the server's reply holds no text")
        if tokens < min(asked, FEWEST):
            raise RequestFailed(f"the server stopped after {tokens} tokens; a rate needs at least {FEWEST}")
        if tokens > _MORE * asked + 1 and len(self._pieces) <= asked:  # more pieces: it did not know the limit
            raise RequestFailed(f"the server was asked for {asked} tokens, sent no more, and counts {tokens}", fix=_MISCOUNTS)
        if timed := number(self._timings.get("predicted_ms")):
            seconds = on_clock(timed / 1000, self._last - self._began)
            speed = prompt_speed(self._timings.get("prompt_per_second"))
            return self._reply(tokens, over(tokens, 1, seconds), speed, "timings")
        return self._by_arrival(tokens)

    def _by_arrival(self, tokens: int) -> Reply:
        """What came at one time was decoded before: how far apart the pieces were sent cannot be told."""
        came, hidden = self._came_first(), self._hidden()
        if came == len(self._pieces):
            said = "the server sent the whole reply at once, which cannot be timed"
            raise RequestFailed(said, fix="measure the engine itself, or switch off what buffers replies before it")
        if tokens - hidden < FEWEST:
            said = f"{hidden} of {tokens} tokens were reasoning that the server does not send, so they cannot be timed"
            raise RequestFailed(said, fix="switch the model's reasoning off, or have the server send it")
        first = self._counts[came - 1] or hidden + in_first_piece(tokens - hidden, self._pieces, came)
        speed = over(tokens, first, self._stamps[-1] - self._stamps[0])
        return self._reply(tokens, speed, None if hidden else self._prompt_speed(), "usage")

    def _came_first(self) -> int:
        """How many pieces came together with the first one."""
        gaps = (after - before for before, after in zip(self._stamps, self._stamps[1:]))  # noqa: B905 (Python 3.8)
        return 1 + sum(1 for _ in itertools.takewhile(lambda gap: gap < _TOGETHER_S, gaps))

    def _prompt_speed(self) -> float | None:
        """From the request to the first piece; None where the prompt was cached, or not counted."""
        prompt, cached, first_s = self._prompt_tokens(), self._cached(), self._stamps[0] - self._began
        return prompt_speed((prompt - cached) / first_s) if prompt and cached * 2 < prompt and first_s > 0 else None

    def _reply(self, tokens: int, tok_s: float, prompt_tok_s: float | None, counted: str) -> Reply:
        first_s, thought = self._stamps[0] - self._began, bool(self._reasoning) or self._hidden() > 0
        text = "".join(self._pieces)
        return Reply(text, tokens, tok_s, first_s, self._prompt_tokens(), prompt_tok_s, self._cached(), counted, thought)

    def _hidden(self) -> int:
        """Tokens of reasoning that were counted and not sent."""
        told = count(_dict(self._usage.get("completion_tokens_details")).get("reasoning_tokens"))
        return told if told and not self._reasoning else 0

    def _cached(self) -> int:
        told = _dict(self._usage.get("prompt_tokens_details")).get("cached_tokens")
        return count(self._timings.get("cache_n")) or count(told) or 0

    def _prompt_tokens(self) -> int | None:
        """As the server counted; None where it cannot be: a token is at least a byte."""
        told = count(self._usage.get("prompt_tokens"))
        return None if told and self._prompt and told > len(self._prompt.encode()) + _OVERHEAD else told


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""

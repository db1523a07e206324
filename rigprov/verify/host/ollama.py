"""Ollama's own interface: it counts and times its tokens itself (nanoseconds), which its OpenAI interface does not tell."""

from __future__ import annotations

import http.client
import math
import time
from typing import Any

from rigprov.verify.host.reply import FEWEST, Reply, count, event_of, number, on_clock, over, prompt_speed
from rigprov.verify.host.web import RequestFailed, Web


def is_ollama(web: Web) -> bool:
    """Whether an Ollama listens there."""
    try:
        found = web.json("GET", "/api/version", limit_s=5.0)
    except RequestFailed:
        return False
    return isinstance(found, dict) and "version" in found


class Ollama:
    """One model of an Ollama.

    Args:
        web: without a prefix.
        model: as it lists it.
    """

    least = FEWEST

    def __init__(self, web: Web, model: str) -> None:
        self._web, self._model = web, model

    def generate(self, prompt: str, tokens: int) -> Reply:
        """Decodes up to `tokens` tokens. Raw: no template, so a model that thinks does not begin to."""
        options = {"num_predict": tokens, "temperature": 0, "seed": 1}
        body = {"model": self._model, "prompt": prompt, "raw": True, "stream": True, "options": options}
        began = time.perf_counter()
        answer = self._web.ask("POST", "/api/generate", body)
        if answer.status != http.client.OK:
            self._web.check(answer, "/api/generate", answer.body())
        text, first_s = "", None
        last: dict[str, Any] = {}
        for line in answer.lines():
            event = _event(line)
            piece = "".join(said for said in (event.get("thinking"), event.get("response")) if isinstance(said, str))
            if piece and first_s is None:
                first_s = time.perf_counter() - began
            text += piece
            last = event or last
        if not last.get("done"):
            raise RequestFailed(f"{self._web.name} closed the connection in the middle of a reply")
        return ended(last, text, first_s, tokens, time.perf_counter() - began)

    def first_token_s(self, prompt: str) -> float:
        """Seconds from sending a request to the first piece of text."""
        found = self.generate(prompt, FEWEST).first_token_s
        if found is None:
            raise RequestFailed("the server's reply holds no text")
        return found


def ended(last: dict[str, Any], text: str, first_s: float | None, asked: int, elapsed: float = math.inf) -> Reply:
    """The reply that the last event of a stream describes.

    `eval_duration` spans the tokens after the prompt's own evaluation, of which the first comes out: as with llama-server,
    whose clock it is, one token less than counted was decoded in it.

    Raises:
        RequestFailed: no count, too few tokens to time, or figures that cannot be.
    """
    tokens, nanoseconds = count(last.get("eval_count")), number(last.get("eval_duration"))
    if not tokens or not nanoseconds:
        raise RequestFailed("the server reports no token counts")
    if tokens < min(asked, FEWEST):
        raise RequestFailed(f"the server stopped after {tokens} tokens; a rate needs at least {FEWEST}")
    prompt, prompt_ns = count(last.get("prompt_eval_count")), number(last.get("prompt_eval_duration"))
    speed = prompt_speed(prompt / prompt_ns * 1e9) if prompt and prompt_ns else None
    return Reply(text, tokens, over(tokens, 1, on_clock(nanoseconds / 1e9, elapsed)), first_s, prompt, speed, 0, "eval_count")


def _event(line: bytes) -> dict[str, Any]:
    if not line.strip():
        return {}
    found = event_of(line)
    if found.get("error"):
        raise RequestFailed(f"the server broke off: {found['error']}")
    return found

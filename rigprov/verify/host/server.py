"""llama-server's own HTTP interface: its count and its clock, and the number of tokens is exact."""

from __future__ import annotations

import gzip
import http.client
import json
import time
from typing import Any

from rigprov.verify.host.reply import Reply, count, number, over, prompt_speed
from rigprov.verify.host.web import RequestFailed, Web


def reply_of(answer: dict[str, Any], tokens: int) -> Reply:
    """A `/completion` answer as a reply.

    The engine's window begins when the first token is there, so it holds one token less than were predicted.

    Raises:
        RequestFailed: fewer tokens than asked for, or a prompt that came from the cache.
    """
    timings = answer.get("timings") or {}
    if timings.get("predicted_n") != tokens:
        raise RequestFailed(f"asked for {tokens} tokens, the engine counted {timings.get('predicted_n')}")
    if timings.get("cache_n"):
        raise RequestFailed(f"{timings['cache_n']} tokens of the prompt came from a cache")
    predicted_ms = number(timings.get("predicted_ms"))
    if tokens > 1 and not predicted_ms:
        raise RequestFailed("the engine gave no time for its tokens")
    prompt_n, prompt_ms = count(timings.get("prompt_n")), number(timings.get("prompt_ms"))
    return Reply(
        text=answer.get("content") or "",
        tokens=tokens,
        tok_s=over(tokens, 1, predicted_ms / 1000) if predicted_ms and tokens > 1 else 0.0,
        prompt_tokens=prompt_n,
        prompt_tok_s=prompt_speed(prompt_n / prompt_ms * 1000) if prompt_n and prompt_ms else None,
    )


class Server:
    """One engine.

    Args:
        host, port: where it listens.
        key: API key; never part of a message.
        timeout_s: for one request; a slow machine decodes one reply for minutes.
    """

    least = 1  # token that can be asked for

    def __init__(self, host: str, port: int, key: str, timeout_s: float = 300.0) -> None:
        self._web = Web(host, port, key, name="the engine", timeout_s=timeout_s, silence_s=timeout_s)

    def healthy(self) -> bool:
        """Whether a model is loaded and ready."""
        try:
            return bool(self._web.json("GET", "/health", limit_s=3.0).get("status") == "ok")
        except (RequestFailed, AttributeError):
            return False

    def properties(self) -> dict[str, Any]:
        """`/props`: among others `model_path` and `build_info`."""
        return dict(self._web.json("GET", "/props", limit_s=30.0))

    def ask(self, path: str, body: Any) -> Any:
        """Any of the engine's own requests, as JSON."""
        return self._web.json("POST", path, body)

    def page(self) -> dict[str, Any]:
        """Whether the web page at `/` answers a browser."""
        try:
            answer = self._web.ask("GET", "/", limit_s=10.0, browser=True)
            content = answer.body()
            if answer.encoding == "gzip":
                content = gzip.decompress(content)
        except (RequestFailed, OSError, EOFError) as error:
            return {"answers": False, "reason": str(error)}
        html = b"<html" in content.lower()
        return {"answers": answer.status == http.client.OK and html, "reason": f"HTTP {answer.status}, {len(content)} bytes"}

    def generate(self, prompt: str, tokens: int) -> Reply:
        """Decodes exactly `tokens` tokens."""
        return reply_of(dict(self.ask("/completion", _job(prompt, tokens))), tokens)

    def first_token_s(self, prompt: str) -> float:
        """Seconds from sending a request to the first piece of text that comes back."""
        began = time.perf_counter()
        answer = self._web.ask("POST", "/completion", {**_job(prompt, 8), "stream": True})
        if answer.status != http.client.OK:
            self._web.check(answer, "/completion", answer.body())
        elapsed = None
        # All of it is read, so that the next request finds the engine idle.
        for line in answer.lines():
            if elapsed is None and line.startswith(b"data: ") and _content(line[6:]):
                elapsed = time.perf_counter() - began
        if elapsed is None:
            raise RequestFailed("the engine's stream ended without any text")
        return elapsed


def _content(data: bytes) -> str:
    try:
        return str(json.loads(data).get("content") or "")
    except (ValueError, AttributeError):
        return ""


def _job(prompt: str, tokens: int) -> dict[str, Any]:
    """Greedy, exactly as long as asked for, and nothing taken from an earlier request's cache."""
    return {
        "prompt": prompt,
        "n_predict": tokens,
        "ignore_eos": True,
        "cache_prompt": False,
        "temperature": 0,
        "stream": False,
    }

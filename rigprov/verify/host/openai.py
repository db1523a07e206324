"""Any server with OpenAI's interface (vLLM, llama-server, LM Studio, ...).

Tokens are counted by the server (`usage`, or llama-server's `timings`), never from the pieces of the stream: several
tokens come in one piece, and some come without any text.
"""

from __future__ import annotations

import http.client
import json
import time
from typing import Any

from rigprov.verify.host.reply import FEWEST, Reply, in_first_piece, over
from rigprov.verify.host.web import RequestFailed, Web

NO_COUNTS = "the server reports no token counts"
_PATHS = {"completions": "/completions", "chat": "/chat/completions"}
_REFUSED = (http.client.BAD_REQUEST, http.client.UNPROCESSABLE_ENTITY)
_NO_SUCH_PATH = (http.client.NOT_FOUND, http.client.METHOD_NOT_ALLOWED, http.client.NOT_IMPLEMENTED)
# Beyond the interface, but known to vLLM and llama-server; a server that refuses them is asked without.
_LENGTH = {"ignore_eos": True, "min_tokens": 0}


def models(web: Web, limit_s: float) -> list[str]:
    """Names of the models that a server offers.

    Raises:
        RequestFailed: no such server, or not this interface.
    """
    try:
        found = web.json("GET", "/models", limit_s=limit_s)
    except RequestFailed as error:
        if error.status == http.client.NOT_FOUND:
            fix = "give the address of its OpenAI interface; it often ends in /v1"
            raise RequestFailed(f"there is no OpenAI interface at {web.name} (HTTP 404)", fix=fix) from error
        raise
    entries = found.get("data") if isinstance(found, dict) else None
    if not isinstance(entries, list):
        raise RequestFailed(f"{web.name}/models is no list of models")
    return [str(entry["id"]) for entry in entries if isinstance(entry, dict) and entry.get("id")]


def chosen(wanted: str, offered: list[str], name: str) -> str:
    """The model to ask for.

    Raises:
        RequestFailed: it is not there, or there are several and none was named.
    """
    listed = ", ".join(offered[:10]) + (f" and {len(offered) - 10} more" if len(offered) > 10 else "")  # noqa: PLR2004
    if wanted and offered and wanted not in offered:
        tagged = f"{wanted}:latest"  # how Ollama lists a model without a tag
        if tagged in offered:
            return tagged
        raise RequestFailed(f"{name} has no model {wanted}; it has {listed}", fix="name one of them with `--server-model`")
    if wanted or len(offered) == 1:
        return wanted or offered[0]
    if not offered:
        raise RequestFailed(f"{name} has loaded no model", fix="load one, or name it with `--server-model`")
    raise RequestFailed(f"{name} has several models: {listed}", fix="name one of them with `--server-model`")


class OpenAi:
    """One model of one server.

    Args:
        web: with the prefix of the interface ("/v1").
        model: as the server names it.
    """

    least = FEWEST

    def __init__(self, web: Web, model: str) -> None:
        self._web, self._model = web, model
        self._kind, self._length = "completions", True

    def generate(self, prompt: str, tokens: int) -> Reply:
        """Decodes up to `tokens` tokens, exactly that many where the server can be told so."""
        for _ in range(4):  # each round drops one thing that the server does not know
            try:
                return self._once(prompt, tokens)
            except RequestFailed as error:
                if error.status in _REFUSED and self._length:
                    self._length = False
                elif error.status in (*_NO_SUCH_PATH, *_REFUSED) and self._kind == "completions":
                    self._kind, self._length = "chat", True
                else:
                    raise
        raise RequestFailed(f"{self._web.name} refuses every form of request")

    def first_token_s(self, prompt: str) -> float:
        """Seconds from sending a request to the first piece of text, reasoning included."""
        found = self.generate(prompt, FEWEST).first_token_s
        assert found is not None  # noqa: S101 (it is streamed)
        return found

    def _body(self, prompt: str, tokens: int) -> dict[str, Any]:
        body = {"model": self._model, "max_tokens": tokens, "temperature": 0, "stream": True}
        body["stream_options"] = {"include_usage": True}
        if self._length:
            body.update(_LENGTH, min_tokens=tokens)
        if self._kind == "chat":
            body["messages"] = [{"role": "user", "content": prompt}]
        else:
            body["prompt"] = prompt
        return body

    def _once(self, prompt: str, tokens: int) -> Reply:
        path, began = _PATHS[self._kind], time.perf_counter()
        answer = self._web.ask("POST", path, self._body(prompt, tokens))
        if answer.status != http.client.OK:
            self._web.check(answer, path, answer.body())
        stream = Stream(began)
        seen = b""
        for line in answer.lines():
            seen += line[: max(0, 64 - len(seen))]
            stream.take(line, time.perf_counter())
        if not stream.events:
            self._web.check(answer, path, seen)
            raise RequestFailed(f"{self._web.name} answers {path} without a stream of events")
        if not stream.ended:
            raise RequestFailed(f"{self._web.name} closed the connection in the middle of a reply")
        return stream.reply(tokens)


class Stream:
    """A stream of events while it arrives.

    Args:
        began: `time.perf_counter()` when the request was sent.
    """

    def __init__(self, began: float) -> None:
        self._began = began
        self._pieces: list[str] = []
        self._stamps: list[float] = []
        self._early: int | None = None  # tokens that the server had counted when the first piece came
        self._usage: dict[str, Any] = {}
        self._timings: dict[str, Any] = {}
        self._reasoning = ""
        self.events, self.ended = 0, False

    def take(self, line: bytes, now: float) -> None:
        """One line, and when it came."""
        if not line.startswith(b"data:"):
            return
        self.events += 1
        data = line[5:].strip()
        if data == b"[DONE]":
            self.ended = True
            return
        try:
            event = json.loads(data)
        except ValueError as error:
            raise RequestFailed("the server's stream holds something that is not JSON") from error
        if event.get("error"):
            said = event["error"]
            raise RequestFailed(f"the server broke off: {said.get('message', said) if isinstance(said, dict) else said}")
        self._usage, self._timings = event.get("usage") or self._usage, event.get("timings") or self._timings
        for choice in event.get("choices") or ():
            self._choice(choice, (event.get("usage") or {}).get("completion_tokens"), now)

    def _choice(self, choice: dict[str, Any], counted: int | None, now: float) -> None:
        delta = choice.get("delta") or {}
        thought = delta.get("reasoning_content") or delta.get("reasoning") or ""
        piece = thought + (choice.get("text") or delta.get("content") or "")
        self._reasoning += thought
        self.ended = self.ended or bool(choice.get("finish_reason"))
        if piece:
            self._early = counted if not self._pieces else self._early
            self._pieces.append(piece)
            self._stamps.append(now)

    def reply(self, asked: int) -> Reply:
        """The whole of it.

        Raises:
            RequestFailed: no count, no text, or too few tokens to time.
        """
        tokens = self._usage.get("completion_tokens") or self._timings.get("predicted_n")
        if not tokens:
            raise RequestFailed(NO_COUNTS, fix="measure it with the engine's own benchmark, or with a server that sends `usage`")
        if not self._pieces:
            raise RequestFailed("the server's reply holds no text")
        if tokens < min(asked, FEWEST):
            raise RequestFailed(f"the server stopped after {tokens} tokens; a rate needs at least {FEWEST}")
        text = "".join(self._pieces)
        first_s, seconds = self._stamps[0] - self._began, self._stamps[-1] - self._stamps[0]
        cached = self._timings.get("cache_n") or (self._usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
        prompt, timed = self._usage.get("prompt_tokens"), self._timings.get("predicted_ms")
        if timed:
            return Reply(
                text, tokens, over(tokens, 1, timed / 1000), first_s, prompt, self._timings.get("prompt_per_second"), cached,
                "timings", bool(self._reasoning),
            )  # fmt: skip
        if seconds <= 0:
            raise RequestFailed("the server sent the whole reply at once, which cannot be timed")
        first = self._early or in_first_piece(tokens, self._pieces)
        speed = (prompt - cached) / first_s if prompt and cached * 2 < prompt else None
        return Reply(text, tokens, over(tokens, first, seconds), first_s, prompt, speed, cached, "usage", bool(self._reasoning))

"""Any server with OpenAI's interface (vLLM, llama-server, LM Studio, ...).

Tokens are counted by the server (`usage`, or llama-server's `timings`), never from the pieces of the stream: several
tokens come in one piece, and some come without any text.
"""

from __future__ import annotations

import http.client
import time
from typing import Any

from rigprov.verify.host.reply import FEWEST, Reply
from rigprov.verify.host.stream import Stream
from rigprov.verify.host.web import RequestFailed, Web

_NAMELESS = "OpenAI-compatible server"
_OWNERS = {"vllm": "vLLM", "llamacpp": "llama-server"}
_PATHS = {"completions": "/completions", "chat": "/chat/completions"}
_REFUSED = (http.client.BAD_REQUEST, http.client.UNPROCESSABLE_ENTITY)
_NO_SUCH_PATH = (http.client.NOT_FOUND, http.client.METHOD_NOT_ALLOWED, http.client.NOT_IMPLEMENTED)
# Beyond the interface, but known to vLLM and llama-server; a server that refuses them is asked without.
_LENGTH = {"ignore_eos": True, "min_tokens": 0}


def offers(web: Web, limit_s: float) -> list[dict[str, Any]]:
    """The models that a server offers, as it describes them.

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
    return [entry for entry in entries if isinstance(entry, dict) and isinstance(entry.get("id"), str) and entry["id"]]


def title(offered: list[dict[str, Any]], plain: Web, limit_s: float) -> str:
    """What the server is, by whom it calls the owner of its models; vLLM with its version, which it tells at a path of its own.

    Args:
        offered: its models.
        plain: the server without a prefix.
        limit_s: for the version.
    """
    owner = next((_OWNERS[str(entry["owned_by"])] for entry in offered if str(entry.get("owned_by")) in _OWNERS), _NAMELESS)
    if owner != "vLLM":
        return owner
    try:
        version = str(plain.json("GET", "/version", limit_s=limit_s)["version"])
    except (RequestFailed, KeyError, TypeError):
        return owner
    return f"{owner} {version}" if version.isprintable() else owner


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
        stream = Stream(began, prompt)
        seen = b""
        for line in answer.lines():
            seen += line[: max(0, 64 - len(seen))]
            stream.take(line, answer.came)
        if not stream.events:
            self._web.check(answer, path, seen)
            raise RequestFailed(f"{self._web.name} answers {path} without a stream of events")
        if not stream.ended:
            raise RequestFailed(f"{self._web.name} closed the connection in the middle of a reply")
        return stream.reply(tokens)

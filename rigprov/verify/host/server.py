"""The engine's HTTP interface (llama-server), over the loopback."""

from __future__ import annotations

import gzip
import http.client
import json
import time
from typing import Any

# What to call where the engine listens on every address.
_LOOPBACK = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (compared, not bound)


class RequestFailed(RuntimeError):  # noqa: N818
    """The engine answered with an error, with nonsense, or not at all."""


class Server:
    """One engine.

    Args:
        host, port: where it listens.
        key: API key; never part of a message.
        timeout_s: for one request; a slow machine decodes one reply for minutes.
    """

    def __init__(self, host: str, port: int, key: str, timeout_s: float = 300.0) -> None:
        self._address = (_LOOPBACK.get(host, host), port)
        self._key = key
        self._timeout_s = timeout_s

    def _request(self, method: str, path: str, body: Any = None, timeout_s: float | None = None) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection(*self._address, timeout=timeout_s or self._timeout_s)
        headers = {"Authorization": "Bearer " + self._key, "Content-Type": "application/json", "Accept-Encoding": "gzip"}
        if path != "/":
            del headers["Accept-Encoding"]
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            return connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise RequestFailed(f"{method} {path}: {error or type(error).__name__}") from error

    def _json(self, method: str, path: str, body: Any = None, timeout_s: float | None = None) -> Any:
        response = self._request(method, path, body, timeout_s)
        try:
            answer = response.read().decode("utf-8", "replace")
            if response.status != http.client.OK:
                raise RequestFailed(f"{method} {path}: HTTP {response.status}: {answer[:200]}")
            return json.loads(answer)
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise RequestFailed(f"{method} {path}: {error or type(error).__name__}") from error

    def healthy(self) -> bool:
        """Whether a model is loaded and ready."""
        try:
            return bool(self._json("GET", "/health", timeout_s=3.0).get("status") == "ok")
        except RequestFailed:
            return False

    def properties(self) -> dict[str, Any]:
        """`/props`: among others `model_path` and `build_info`."""
        return dict(self._json("GET", "/props", timeout_s=30.0))

    def page(self) -> dict[str, Any]:
        """Whether the web page at `/` answers a browser."""
        try:
            response = self._request("GET", "/", timeout_s=10.0)
            content = response.read()
            if response.getheader("Content-Encoding") == "gzip":
                content = gzip.decompress(content)
        except (RequestFailed, OSError, EOFError, http.client.HTTPException) as error:
            return {"answers": False, "reason": str(error)}
        html = b"<html" in content.lower()
        return {"answers": response.status == http.client.OK and html, "reason": f"HTTP {response.status}, {len(content)} bytes"}

    def complete(self, prompt: str, tokens: int) -> dict[str, Any]:
        """Decodes exactly `tokens` tokens; the reply carries `content` and `timings`."""
        return dict(self._json("POST", "/completion", _job(prompt, tokens)))

    def ask(self, path: str, body: Any) -> dict[str, Any]:
        """One POST; the reply's JSON object."""
        return dict(self._json("POST", path, body))

    def first_token_s(self, prompt: str) -> float:
        """Seconds from sending a request to the first piece of text that comes back."""
        began = time.perf_counter()
        response = self._request("POST", "/completion", {**_job(prompt, 8), "stream": True})
        try:
            for line in response:
                if line.startswith(b"data: ") and json.loads(line[6:]).get("content"):
                    elapsed = time.perf_counter() - began
                    response.read()  # let the reply end, so that the next request finds the engine idle
                    return elapsed
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise RequestFailed(f"stream: {error or type(error).__name__}") from error
        raise RequestFailed("stream: it ended without any text")


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

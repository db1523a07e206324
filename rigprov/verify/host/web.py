"""HTTP to one server, with a time limit on everything and one sentence for everything that goes wrong."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from collections.abc import Iterator
from typing import Any

# What to call where a server listens on every address.
_LOOPBACK = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (compared, not bound)
_BLOCK = 1 << 16
_EXCERPT = 200  # characters of a server's own words that a message quotes


class RequestFailed(RuntimeError):  # noqa: N818
    """The server answered with an error, with nonsense, or not at all.

    Args:
        message: one sentence without full stop.
        status: HTTP status, where there was one.
        fix: the way out, where this error has one of its own.
    """

    def __init__(self, message: str, *, status: int | None = None, fix: str = "") -> None:
        super().__init__(message)
        self.status, self.fix = status, fix


class Web:
    """One server.

    Args:
        host, port: where it listens.
        key: API key, "" for none; never part of a message.
        secure: https instead of http.
        prefix: of every path, "/v1".
        name: what messages call it; its address where not given.
        timeout_s: for one request from beginning to end.
        silence_s: longest time without a single byte.
    """

    def __init__(
        self,
        host: str,
        port: int,
        key: str = "",
        *,
        secure: bool = False,
        prefix: str = "",
        name: str = "",
        timeout_s: float = 300.0,
        silence_s: float = 300.0,
    ) -> None:
        self._host, self._port = _LOOPBACK.get(host, host), port
        self._key, self._secure, self._prefix = key, secure, prefix
        self.timeout_s, self.silence_s = timeout_s, silence_s
        shown = f"[{self._host}]" if ":" in self._host else self._host
        self.name = name or f"{'https' if secure else 'http'}://{shown}:{port}{prefix}"

    def _connection(self, silence_s: float) -> http.client.HTTPConnection:
        if self._secure:
            return http.client.HTTPSConnection(self._host, self._port, timeout=silence_s)
        return http.client.HTTPConnection(self._host, self._port, timeout=silence_s)

    def ask(self, method: str, path: str, body: Any = None, *, limit_s: float | None = None, browser: bool = False) -> Answer:
        """Sends a request and waits for the head of the answer.

        Args:
            method, path: "GET", "/models".
            body: sent as JSON where given.
            limit_s: instead of the server's own limits.
            browser: accept what a browser accepts, compressed pages too.
        """
        limit = limit_s or self.timeout_s
        silence = min(limit, self.silence_s)
        headers = {"Accept": "application/json, text/event-stream"}
        if browser:
            headers = {"Accept-Encoding": "gzip"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if self._key:
            headers["Authorization"] = "Bearer " + self._key
        began = time.monotonic()
        try:
            connection = self._connection(silence)
            connection.connect()
        except (OSError, UnicodeError, http.client.InvalidURL) as error:
            raise RequestFailed(self._no_way_in(error, silence)) from error
        try:
            connection.request(method, self._prefix + path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise RequestFailed(self._no_answer(error, silence)) from error
        return Answer(self, connection, response, began + limit, silence)

    def json(self, method: str, path: str, body: Any = None, *, limit_s: float | None = None) -> Any:
        """One request, one JSON document."""
        answer = self.ask(method, path, body, limit_s=limit_s)
        content = answer.body()
        self.check(answer, path, content)
        try:
            return json.loads(content)
        except ValueError as error:
            raise RequestFailed(f"{self.name} answers {path} with something that is not JSON: {_short(content)!r}") from error

    def check(self, answer: Answer, path: str, content: bytes) -> None:
        """Raises for a status that is no success and for a web page."""
        if answer.status in (http.client.UNAUTHORIZED, http.client.FORBIDDEN):
            did = "refused the API key" if self._key else "wants an API key"
            raise RequestFailed(f"{self.name} {did} (HTTP {answer.status})", status=answer.status)
        page = content.lstrip()[:15].lower().startswith((b"<!doctype", b"<html"))
        if page:
            raise RequestFailed(f"{self.name} answers {path} with a web page (HTTP {answer.status})", status=answer.status)
        if answer.status != http.client.OK:
            said = f"{self.name} answers {path} with HTTP {answer.status}: {_words(content)}"
            raise RequestFailed(said, status=answer.status)

    def _no_way_in(self, error: Exception, silence_s: float) -> str:
        if isinstance(error, ConnectionRefusedError):
            return f"nothing listens at {self.name}"
        if isinstance(error, (socket.gaierror, UnicodeError, http.client.InvalidURL)):
            return f"the name {self._host} cannot be resolved"
        if isinstance(error, socket.timeout):
            return f"{self.name} could not be connected to within {silence_s:.0f} s"
        if isinstance(error, ssl.SSLError):
            return f"no TLS with {self.name}: {error.reason or error}"
        return f"{self.name} cannot be connected to: {error}"

    def _no_answer(self, error: Exception, silence_s: float) -> str:
        if isinstance(error, socket.timeout):
            return f"{self.name} took the request and said nothing for {silence_s:.0f} s"
        if isinstance(error, (ConnectionError, http.client.IncompleteRead)):
            return f"{self.name} closed the connection before it answered"
        return f"what listens at {self.name} does not speak HTTP"


class Answer:
    """Status and body of an answer, read within the time limit."""

    def __init__(
        self, web: Web, connection: http.client.HTTPConnection, response: http.client.HTTPResponse, until: float, silence_s: float
    ) -> None:
        self._web, self._connection, self._response, self._until, self._silence_s = web, connection, response, until, silence_s
        self.status = response.status
        self.encoding = response.getheader("Content-Encoding") or ""

    def blocks(self) -> Iterator[bytes]:
        """Pieces of the body as they arrive."""
        left = self._response.length  # counted here: `read1` of Python before 3.12 does not, and waits for more than there is
        try:
            while left != 0:
                block = self._response.read1(_BLOCK if left is None else min(left, _BLOCK))
                if not block and left:
                    raise http.client.IncompleteRead(b"", left)
                if not block:
                    return
                left = None if left is None else left - len(block)
                yield block
                if time.monotonic() > self._until:
                    raise RequestFailed(f"{self._web.name} did not end its reply in time")
        except socket.timeout as error:  # noqa: UP041 (it is TimeoutError from Python 3.10 on only)
            said = f"{self._web.name} said nothing for {self._silence_s:.0f} s in the middle of a reply"
            raise RequestFailed(said) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise RequestFailed(f"{self._web.name} closed the connection in the middle of a reply") from error
        finally:
            self._connection.close()

    def body(self) -> bytes:
        """All of it."""
        return b"".join(self.blocks())

    def lines(self) -> Iterator[bytes]:
        """Line by line, without line ends."""
        rest = b""
        for block in self.blocks():
            *whole, rest = (rest + block).split(b"\n")
            yield from whole
        if rest:
            yield rest


def _short(content: bytes) -> str:
    return " ".join(content.decode("utf-8", "replace").split())[:_EXCERPT]


def _words(content: bytes) -> str:
    """The server's own message out of its error document, in one line."""
    try:
        found = json.loads(content)
        error = found.get("error", found) if isinstance(found, dict) else found
        words = error.get("message", error) if isinstance(error, dict) else error
        return _short(str(words).encode())
    except ValueError:
        return _short(content)

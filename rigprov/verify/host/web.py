"""HTTP to one server, with a time limit on everything and one sentence for everything that goes wrong."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from typing import Any

from rigprov.verify.host.answer import Answer, RequestFailed, short, words
from rigprov.verify.host.deadline import Deadline

__all__ = ["Answer", "RequestFailed", "Web"]

_GRACE_S = 0.5  # so that of a server which says nothing at all the socket's own limit tells
# What to call where a server listens on every address.
_LOOPBACK = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (compared, not bound)


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
            deadline = Deadline(connection, began + limit + _GRACE_S - time.monotonic())
        except (OSError, UnicodeError, http.client.InvalidURL) as error:
            raise RequestFailed(self._no_way_in(error, silence)) from error
        response, failed = None, None
        try:
            connection.request(method, self._prefix + path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            failed = error
        if response is not None and not deadline.over:  # a head that was cut off looks like one that has ended
            return Answer(self.name, connection, response, deadline, silence)
        deadline.end()
        if response is not None:
            response.close()
        connection.close()
        if failed is None or deadline.over:
            raise RequestFailed(f"{self.name} did not begin its reply within {limit:.0f} s") from failed
        raise RequestFailed(self._no_answer(failed, silence)) from failed

    def json(self, method: str, path: str, body: Any = None, *, limit_s: float | None = None) -> Any:
        """One request, one JSON document."""
        answer = self.ask(method, path, body, limit_s=limit_s)
        content = answer.body()
        self.check(answer, path, content)
        try:
            return json.loads(content)
        except (ValueError, RecursionError) as error:
            raise RequestFailed(f"{self.name} answers {path} with something that is not JSON: {short(content)!r}") from error

    def check(self, answer: Answer, path: str, content: bytes) -> None:
        """Raises for a status that is no success and for a web page."""
        if answer.status in (http.client.UNAUTHORIZED, http.client.FORBIDDEN):
            did = "refused the API key" if self._key else "wants an API key"
            raise RequestFailed(f"{self.name} {did} (HTTP {answer.status})", status=answer.status)
        if answer.location:
            said = f"{self.name} sends {path} on to {short(answer.location.encode())} (HTTP {answer.status})"
            raise RequestFailed(said, status=answer.status, fix=f"give the address that it leads to, without `{path}`")
        if answer.encoding not in ("", "identity"):
            said = f"{self.name} answers {path} compressed ({short(answer.encoding.encode())}), which nobody asked for"
            raise RequestFailed(said, status=answer.status, fix="measure the engine itself and not a proxy before it")
        page = content.lstrip()[:15].lower().startswith((b"<!doctype", b"<html"))
        if page:
            raise RequestFailed(f"{self.name} answers {path} with a web page (HTTP {answer.status})", status=answer.status)
        if answer.status != http.client.OK:
            said = f"{self.name} answers {path} with HTTP {answer.status}: {words(content)}"
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

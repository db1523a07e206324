"""A server's answer, read within limits of time and size, and its own words in one line."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator

from rigprov.verify.host.deadline import Deadline

_BLOCK = 1 << 16
_EXCERPT = 200  # characters of a server's own words that a message quotes
_LARGEST = 64 << 20  # bytes; the longest reply that is asked for has some 100 KiB
_ELSEWHERE = (301, 302, 303, 307, 308)


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


class Answer:
    """Status and body of an answer, read within the time limit."""

    def __init__(
        self,
        name: str,
        connection: http.client.HTTPConnection,
        response: http.client.HTTPResponse,
        deadline: Deadline,
        silence_s: float,
    ) -> None:
        self._name, self._connection, self._response, self._silence_s = name, connection, response, silence_s
        self._deadline = deadline
        self.status = response.status
        self.encoding = response.getheader("Content-Encoding") or ""
        self.location = (response.getheader("Location") or "") if response.status in _ELSEWHERE else ""
        self.came = time.perf_counter()  # when the last piece did

    def blocks(self) -> Iterator[bytes]:
        """Pieces of the body as they arrive."""
        came = 0
        left = self._response.length  # counted here: `read1` of Python before 3.12 does not, and waits for more than there is
        try:
            while left != 0:
                block = self._response.read1(_BLOCK if left is None else min(left, _BLOCK))
                if not block and (left or self._deadline.over):
                    raise http.client.IncompleteRead(b"", left)
                if not block:
                    return
                left = None if left is None else left - len(block)
                self.came, came = time.perf_counter(), came + len(block)
                if came > _LARGEST:
                    raise RequestFailed(f"{self._name} sends more than {_LARGEST >> 20} MiB in one reply")
                yield block
                if self._deadline.over:
                    raise self._late()
        except socket.timeout as error:  # noqa: UP041 (it is TimeoutError from Python 3.10 on only)
            said = f"{self._name} said nothing for {self._silence_s:.0f} s in the middle of a reply"
            raise RequestFailed(said) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            if self._deadline.over:
                raise self._late() from error
            raise RequestFailed(f"{self._name} closed the connection in the middle of a reply") from error
        finally:
            self._deadline.end()
            self._response.close()  # where the length is not known, it has the socket to itself
            self._connection.close()

    def _late(self) -> RequestFailed:
        return RequestFailed(f"{self._name} did not end its reply in time")

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


def short(content: bytes) -> str:
    """The beginning of a server's own words, in one line, without what a terminal would act on."""
    line = " ".join(content.decode("utf-8", "replace").split())[:_EXCERPT]
    return "".join(letter if letter.isprintable() else "?" for letter in line)


def words(content: bytes) -> str:
    """The server's own message out of its error document, in one line."""
    try:
        found = json.loads(content)
        error = found.get("error", found) if isinstance(found, dict) else found
        said = error.get("message", error) if isinstance(error, dict) else error
        return short(str(said).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return short(content)

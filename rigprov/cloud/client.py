"""Asking a provider's API. The only module of this package that uses the network.

`urllib` is enough: one question at a time, a few of them. A library would bring what is decided here all the same (what to
retry, for how long, where the key may go).
"""

import http.client
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import urlencode

from rigprov import __version__
from rigprov.cloud import failure
from rigprov.cloud.access import Api
from rigprov.cloud.retry import backoff_s, retry_after_s, worth_another
from rigprov.errors import RigprovError, UnreachableError

BUDGET_S = 100.0  # for a whole listing; whoever runs `ansible-inventory` for rigprov waits 120 s
_CHUNK = 65536
_LARGEST = 64 * 1024 * 1024  # of an answer; 500 machines are below 2 MB


class _Stay(urllib.request.HTTPRedirectHandler):
    """No redirect is followed: urllib would send the key to wherever it leads."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class _AgainError(Exception):
    """An attempt failed in a way that may pass."""

    def __init__(self, said: RigprovError, wait_s: float | None = None) -> None:
        super().__init__()
        self.said, self.wait_s = said, wait_s


@dataclass
class Client:
    """Asks one API.

    Args:
        api: which one.
        timeout_s: seconds for one attempt, from the connection to the last byte.
        retries: attempts after the first.
        budget_s: seconds for everything that this client does.
        sleep, clock: seconds; others in tests.
    """

    api: Api
    timeout_s: float = 20.0
    retries: int = 3
    budget_s: float = BUDGET_S
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _ends: float = field(init=False)

    def __post_init__(self) -> None:
        self._ends = self.clock() + self.budget_s

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """The JSON document at `path`.

        Raises:
            UsageError: the key or the address is wrong, or the answer is no JSON.
            UnreachableError: no answer that is one, however often it was asked.
        """
        address = f"{self.api.address}{path}" + (f"?{urlencode(query)}" if query else "")
        attempt = 0
        while True:
            try:
                body, kind = self._attempt(address)
            except _AgainError as failed:
                if attempt >= self.retries:
                    raise failed.said from None
                self._wait(failed, attempt)
                attempt += 1
            else:
                return failure.decoded(self.api, body, kind)

    def _wait(self, failed: _AgainError, attempt: int) -> None:
        left = self._ends - self.clock()
        wait = failed.wait_s if failed.wait_s is not None else backoff_s(attempt)
        if wait >= left:
            raise (failed.said if failed.wait_s is None else failure.too_long(self.api, wait, left)) from None
        self.sleep(wait)

    def _attempt(self, address: str) -> tuple[bytes, str]:
        headers = {"Accept": "application/json", "User-Agent": f"rigprov/{__version__}"}
        request = urllib.request.Request(address, headers=headers)  # noqa: S310  (its scheme was checked)
        # Unredirected: urllib itself keeps such a header to the first address.
        request.add_unredirected_header("Authorization", f"Bearer {self.api.token}")
        allowed = min(self.timeout_s, self._ends - self.clock())
        if allowed <= 0:
            raise UnreachableError(
                f"{self.api.name}'s API at {self.api.address} took longer than {self.budget_s:g} s for the listing",
                hint="try again later",
            )
        ends = self.clock() + allowed
        # Plain http is for this machine only (see `checked_address`): the key must not go through a proxy.
        ways = [_Stay(), *([urllib.request.ProxyHandler({})] if address.startswith("http:") else [])]
        try:
            with urllib.request.build_opener(*ways).open(request, timeout=allowed) as answer:
                return self._read(answer, ends), str(answer.headers.get("Content-Type", ""))
        except RigprovError:
            raise
        except urllib.error.HTTPError as error:
            self._refused(error, ends)
        except (OSError, http.client.HTTPException) as error:
            said = failure.of_network(self.api, error, allowed)
            if isinstance(getattr(error, "reason", error), ssl.SSLError):
                raise said from None  # a certificate does not become valid by asking again
            raise _AgainError(said) from None

    def _refused(self, error: urllib.error.HTTPError, ends: float) -> NoReturn:
        with error:
            try:
                body = self._read(error, ends)
            except (OSError, http.client.HTTPException):
                body = b""  # the status says enough
            said = failure.of_status(self.api, error.code, body, error.headers.get("Location"))
            if worth_another(error.code):
                raise _AgainError(said, retry_after_s(error.headers.get("Retry-After"))) from None
            raise said from None

    def _read(self, answer: Any, ends: float) -> bytes:
        """The whole body. `timeout` of a socket is for each piece; a server that drips would take for ever."""
        body = bytearray()
        while piece := answer.read1(_CHUNK):
            body += piece
            if self.clock() > ends:
                raise TimeoutError
            if len(body) > _LARGEST:
                raise UnreachableError(f"{self.api.name}'s API at {self.api.address} does not stop answering", hint="try later")
        wanted = str(answer.headers.get("Content-Length", ""))
        if wanted.isascii() and wanted.isdigit() and len(body) < int(wanted):
            raise http.client.IncompleteRead(bytes(body), int(wanted) - len(body))
        return bytes(body)

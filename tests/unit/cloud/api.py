"""A provider's API on this machine: an HTTP server whose answers a test chooses."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.meta.checkout import ROOT

FIXTURES = ROOT / "tests/fixtures/cloud"
KEY = "rpa_TheKeyThatMustNeverShow0123456789"  # what every test looks for in everything that comes out


@dataclass(frozen=True)
class Reply:
    """One answer. `claims`: Content-Length, where it is not the body's; `after_s`: before it; `drip_s`: between its bytes."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    claims: int | None = None
    after_s: float = 0
    drip_s: float = 0


def said(document: Any, status: int = 200, **headers: str) -> Reply:
    """A JSON document."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps(document).encode(), {"Content-Type": "application/json", **names})


PODS = json.loads((FIXTURES / "runpod.json").read_text())
PAGES = json.loads((FIXTURES / "vast.json").read_text())
# Servers do repeat a key that they do not accept.
DENIED = said({"title": "Unauthorized", "status": 401, "detail": f"no such key: {KEY}"}, 401)
LIMITED = said({"title": "Too Many Requests", "status": 429, "detail": "rate limit exceeded"}, 429, Retry_After="1")
BROKEN = said({"success": False, "msg": f"traceback for Bearer {KEY}\x1b[2J"}, 500)
FORBIDDEN = said({"title": "Forbidden", "status": 403, "detail": "access denied"}, 403)
PAGE = Reply(body=b"<!DOCTYPE html><html>Please sign in</html>", headers={"Content-Type": "text/html"})
MALFORMED = Reply(body=b'{"pods": [\n{]', headers={"Content-Type": "application/json"})
CUT = Reply(body=b'{"pods": [', claims=4000, headers={"Content-Type": "application/json"})
SLOW = Reply(after_s=3)
DRIPPING = Reply(body=b" " * 200 + b'{"pods": []}', drip_s=0.05)


Replies = Sequence[Reply] | Callable[[str, dict[str, str]], Reply]


@dataclass
class Api:
    """What was asked, and what is answered: one reply after the other, the last for ever; or one by path and query."""

    replies: Replies
    url: str = ""
    asked: list[tuple[str, dict[str, str], str]] = field(default_factory=list)  # path, query, Authorization

    def reply(self, path: str, authorization: str) -> Reply:
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.asked.append((parts.path, query, authorization))
        if callable(self.replies):
            return self.replies(parts.path, query)
        return self.replies[min(len(self.asked), len(self.replies)) - 1]


def paged(pages: Sequence[dict[str, Any]]) -> Callable[[str, dict[str, str]], Reply]:
    """Vast's pages by their tokens."""
    tokens = [None, *(page["next_token"] for page in pages)]
    return lambda _, query: said(pages[tokens.index(query.get("after_token"))])


@contextmanager
def serving(replies: Replies) -> Iterator[Api]:
    """The server, on a port of its own."""
    api = Api(replies)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(api))
    server.daemon_threads, server.block_on_close = True, False
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()


def _handler(api: Api) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            reply = api.reply(self.path, self.headers.get("Authorization", ""))
            time.sleep(reply.after_s)
            with suppress(OSError):  # the client has given up, as it should
                self._send(reply)

        def _send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body) if reply.claims is None else reply.claims))
            self.end_headers()
            pieces = [reply.body] if not reply.drip_s else [reply.body[at : at + 1] for at in range(len(reply.body))]
            for piece in pieces:
                self.wfile.write(piece)
                time.sleep(reply.drip_s)

        def log_message(self, *_: object) -> None:
            pass

    return Handler

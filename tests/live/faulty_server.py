"""A server that misbehaves in a chosen way: `faulty_server.py PORT KIND`. Standard library only, so that it runs on any target.

A stand-in is right here: no real server can be made to do these things at will. It "decodes" one token every 4 ms, so
what is measured must be close to 250 tokens/s, however the tokens are bundled or named.
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN_S = 0.004
KEY = "sk-planted-0123456789"


class Faulty(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None: ...

    @property
    def kind(self) -> str:
        return str(self.server.kind)  # type: ignore[attr-defined]

    def do_GET(self) -> None:
        if self.kind == "silent":
            time.sleep(3600)
        elif self.kind == "page":
            self._send(b"<!DOCTYPE html><html><body>Welcome</body></html>", kind="text/html")
        elif self.kind == "locked" and self.headers["Authorization"] != f"Bearer {KEY}":
            self._json({"error": {"message": "bad key"}}, 401)
        elif self.kind == "ollama" and self.path == "/api/version":
            self._json({"version": "0.9.9"})
        elif self.path != "/v1/models":
            self._json({"error": "not found"}, 404)
        else:
            names = ["model-a", "model-b"] if self.kind == "several" else ["model-a"]
            self._json({"object": "list", "data": [{"id": name} for name in names]})

    def do_POST(self) -> None:
        job = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.kind == "strict" and "min_tokens" in job:
            self._json({"error": {"message": "Extra inputs are not permitted"}}, 400)
        elif self.kind in ("reasoning", "strict") and self.path == "/v1/completions":
            self._json({"error": {"message": "use chat"}}, 404)
        elif self.kind == "hung":
            time.sleep(3600)
        elif self.path == "/api/generate":
            self._ollama(job["options"]["num_predict"])
        else:
            assert job["stream_options"] == {"include_usage": True}
            self._stream(job["max_tokens"])

    def _stream(self, tokens: int) -> None:
        self._begin("text/event-stream")
        bundle = {"bundled": 8, "at-once": tokens}.get(self.kind, 1)
        sent = 0
        while sent < tokens:
            now = min(bundle, tokens - sent)
            time.sleep(now * TOKEN_S)
            sent += now
            self._event(self._piece("river " * now, sent <= tokens // 2))
            if self.kind == "cut" and sent > tokens // 2:
                self.close_connection = True
                return
            if self.kind == "stuck" and sent > tokens // 2:
                time.sleep(3600)
        counted = {"prompt_tokens": 40, "completion_tokens": tokens}
        self._event({"choices": [{"text": "", "delta": {}, "finish_reason": "length"}]})
        if self.kind != "uncounted":
            self._event({"choices": [], "usage": counted})
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _piece(self, text: str, early: bool) -> dict[str, Any]:
        if self.path.endswith("/chat/completions"):
            name = "reasoning_content" if self.kind == "reasoning" and early else "content"
            return {"choices": [{"delta": {name: text}}]}
        return {"choices": [{"text": text}]}

    def _ollama(self, tokens: int) -> None:
        self._begin("application/x-ndjson")
        for _ in range(0, tokens, 4):
            time.sleep(4 * TOKEN_S)
            self._chunk(json.dumps({"response": "river " * 4, "done": False}).encode() + b"\n")
        spent = {"eval_duration": round((tokens - 1) * TOKEN_S * 1e9), "prompt_eval_duration": 100_000_000}
        self._chunk(json.dumps({"done": True, "eval_count": tokens, "prompt_eval_count": 40, **spent}).encode() + b"\n")
        self._chunk(b"")

    def _event(self, event: dict[str, Any]) -> None:
        self._chunk(b"data: " + json.dumps(event).encode() + b"\n\n")

    def _begin(self, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def _json(self, body: Any, status: int = 200) -> None:
        self._send(json.dumps(body).encode(), status=status)

    def _send(self, body: bytes, *, status: int = 200, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    """Listens on the loopback.

    Args:
        port: 0 for any.
        kind: how it misbehaves.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int, kind: str) -> None:
        super().__init__(("127.0.0.1", port), Faulty)
        self.kind = kind

    def handle_error(self, *_: object) -> None: ...


if __name__ == "__main__":
    Server(int(sys.argv[1]), sys.argv[2]).serve_forever()

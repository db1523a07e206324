"""An HTTPS server for tests that download: it stops in the middle, tells web pages for models, takes its time."""

import hashlib
import random
import ssl
import subprocess
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.live.play import out
from tests.targets import Target

MODEL = b"GGUF" + random.Random(7).randbytes(6 * 1024 * 1024)  # noqa: S311  # any bytes will do, the same each time
PAGE = b"<!DOCTYPE html><html><body>Please sign in</body></html>"
TOKEN = "hf_plantedtoken4711"  # noqa: S105  # no secret: the test looks for it


class ModelServer:
    """Serves `MODEL` under paths that behave differently; `seen` notes what was asked.

    /model: as it should be. /half: breaks off in the middle of the first answer. /slow: about 1 MiB/s.
    /page: a web page with status 200. /other: another GGUF file of the same size. /short: the first half of it.
    /gated: 401 without the token.
    """

    def __init__(self, address: str, folder: Path) -> None:
        self.address, self.certificate = address, folder / "ca.pem"
        self.seen: list[tuple[str, str]] = []  # path, Range header
        self.tokens: list[str] = []
        key = folder / "key.pem"
        words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=model server of a test"]
        words += ["-addext", f"subjectAltName=IP:{address}", "-keyout", str(key), "-out", str(self.certificate)]
        subprocess.run(words, check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self._http = ThreadingHTTPServer((address, 0), _handler(self))
        self._http.daemon_threads = True
        self._http.block_on_close = False
        self._http.socket = context.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self._http.server_address[1]
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._http.shutdown()
        self._http.server_close()

    def be_trusted_by(self, target: Target) -> None:
        """Put the certificate into the target's CA store, as an administrator would."""
        folder = "/usr/local/share/ca-certificates"
        text = self.certificate.read_text()
        out(target, f"sudo tee {folder}/test.crt > /dev/null <<'E'\n{text}\nE\nsudo update-ca-certificates 2>&1")

    def wanted(self, path: str, **changes: object) -> dict[str, object]:
        """An item of `models_wanted` for one of the paths."""
        item = {"name": f"test-{path}", "file": "test.gguf", "source": "url", "url": f"https://{self.address}:{self.port}/{path}"}
        return {**item, "sha256": hashlib.sha256(MODEL).hexdigest(), "size_bytes": len(MODEL), **changes}


def _handler(server: ModelServer) -> type[BaseHTTPRequestHandler]:
    asked: Counter[str] = Counter()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            asked[self.path] += 1
            server.seen.append((self.path, self.headers.get("Range", "")))
            server.tokens.append(self.headers.get("Authorization", ""))
            if self.path == "/gated" and self.headers.get("Authorization") != f"Bearer {TOKEN}":
                self.send_error(401)
                return
            half = len(MODEL) // 2
            bodies = {"/page": PAGE, "/short": MODEL[:half], "/other": b"GGUF" + MODEL[:3:-1]}
            known = ("/model", "/half", "/slow", "/gated")
            if self.path not in (*bodies, *known):
                self.send_error(404)
                return
            body = bodies.get(self.path, MODEL)
            begin = int(self.headers.get("Range", "bytes=0-")[6:].partition("-")[0])
            self.send_response(206 if "Range" in self.headers else 200)
            self.send_header("Content-Length", str(len(body) - begin))
            self.send_header("Content-Range", f"bytes {begin}-{len(body) - 1}/{len(body)}")
            self.end_headers()
            self._send(body[begin : half if self.path == "/half" and asked[self.path] == 1 else None])

        def _send(self, body: bytes) -> None:
            try:
                for at in range(0, len(body), 1 << 16):
                    self.wfile.write(body[at : at + (1 << 16)])
                    if self.path == "/slow":
                        time.sleep(1 / 16)
            except OSError:
                pass  # the other side went away: that is what the tests do
            self.close_connection = True

    return Handler

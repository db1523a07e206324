"""A host laid out in a folder, and a stand-in for the engine's HTTP interface whose replies a test chooses."""

import gzip
import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from rigprov.verify.evidence import Evidence, read
from rigprov.verify.script import script

KEY = "a-key-that-must-not-come-back"
MODEL = b"GGUF" + bytes(20)
ENGINE = Path(__file__).with_name("stand_in_engine.py")
CONTROL = """#!/bin/sh
echo $1 >> {home}/calls
case $1 in
  status) [ -e {home}/up ] || exit 3 ;;
  state) [ -e {home}/up ] && echo running || echo dead ;;
  stale) exit 1 ;;
  logs) tail -n $2 {home}/log ;;
  start) {start} ;;
  stop) rm -f {home}/up ;;
  serve) exec {python} {engine} "$2" ;;
esac
"""


@dataclass
class Host:
    """A directory laid out as on a host, and the stand-in for the engine."""

    home: Path
    port: int
    replies: dict[str, Any] = field(default_factory=lambda: {"cache_n": 0, "content": "Rivers shape the land."})

    def __post_init__(self) -> None:
        self.model = self.home / "tiny.gguf"
        self.model.write_bytes(MODEL)
        where = {"model": str(self.model), "host": "127.0.0.1", "port": self.port}
        config = {**where, "threads": 1, "context": 512, "gpu_layers": "0"}
        (self.home / "server.json").write_text(json.dumps(config))
        (self.home / "api_key").write_text(KEY + "\n")
        (self.home / "log").write_text(f"starting\nkey {KEY}\nfailed: no memory\n")
        self.control(f"touch {self.home}/up")

    def control(self, start: str) -> None:
        (self.home / "control").write_text(CONTROL.format(home=self.home, start=start, python=sys.executable, engine=ENGINE))
        (self.home / "control").chmod(0o755)

    def measure(self, **changes: Any) -> Evidence:
        planned = hashlib.sha256(MODEL).hexdigest()
        paths = {name: str(self.home / file) for name, file in FILES.items()}
        lock = str(self.home / "lock")
        job: dict[str, Any] = {"mode": "service", "lock": lock, **paths, "sha256": planned, "floor": 1.0, **LIMITS}
        done = subprocess.run(
            ["sh"], input=script(job | changes), env=self.environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert KEY not in done.stdout
        return read(done.stdout)

    @property
    def environment(self) -> dict[str, str]:
        """With a temporary directory of its own, so that what is left there is this host's."""
        scratch = self.home / "scratch"
        scratch.mkdir(exist_ok=True)
        return {**os.environ, "TMPDIR": str(scratch)}

    def leftovers(self) -> list[str]:
        return sorted(path.name for path in Path(self.environment["TMPDIR"]).iterdir())

    def calls(self) -> list[str]:
        return (self.home / "calls").read_text().split()


FILES = {"config": "server.json", "key": "api_key", "command": "control", "model": "tiny.gguf"}
LIMITS = {"start_limit_s": 5.0, "measure_limit_s": 0.0, "hard_limit_s": 60.0, "guard_limit_s": 100.0}


class Llama(BaseHTTPRequestHandler):
    """The five answers of llama-server that are used."""

    def log_message(self, *_: object) -> None: ...

    def do_GET(self) -> None:
        laid_out = self.server.laid_out  # type: ignore[attr-defined]
        if self.path == "/":
            assert self.headers["Accept-Encoding"] == "gzip"
            return self._send(gzip.compress(b"<!doctype html><html></html>"), encoding="gzip")
        answers = {"/health": {"status": "ok"}, "/props": {"model_path": str(laid_out.model), "build_info": "b1"}}
        return self._send(json.dumps(answers[self.path]).encode())

    def do_POST(self) -> None:
        job = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["Authorization"] != f"Bearer {KEY}":
            return self._send(b"{}", status=401)
        replies = self.server.laid_out.replies  # type: ignore[attr-defined]
        if job["stream"]:
            return self._send(b'data: {"content":""}\n\ndata: {"content":"The"}\n\n')
        tokens = job["n_predict"]
        timings = {"predicted_n": tokens, "predicted_ms": tokens * 10.0, "prompt_n": 400, "prompt_ms": 800.0}
        timings["cache_n"] = replies["cache_n"]
        return self._send(json.dumps({"content": replies["content"], "timings": timings}).encode())

    def _send(self, body: bytes, *, status: int = 200, encoding: str = "") -> None:
        self.send_response(status)
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

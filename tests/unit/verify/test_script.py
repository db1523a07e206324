"""The script as it is sent, run by this machine's sh and Python, against a stand-in for the engine's HTTP interface.

The real engine is measured by the live tests; here its replies are chosen, so that every branch can be seen.
"""

import ast
import gzip
import hashlib
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from rigprov.verify.evidence import Evidence, read
from rigprov.verify.script import NO_PYTHON, script

KEY = "a-key-that-must-not-come-back"
MODEL = b"GGUF" + bytes(20)
CONTROL = """#!/bin/sh
echo $1 >> {home}/calls
case $1 in
  status) [ -e {home}/up ] || exit 3 ;;
  state) [ -e {home}/up ] && echo running || echo dead ;;
  stale) exit 1 ;;
  logs) tail -n $2 {home}/log ;;
  start) {start} ;;
  stop) rm -f {home}/up ;;
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
        config = {"model": str(self.model), "host": "127.0.0.1", "port": self.port, "threads": 1, "context": 512}
        (self.home / "server.json").write_text(json.dumps(config))
        (self.home / "api_key").write_text(KEY + "\n")
        (self.home / "log").write_text(f"starting\nkey {KEY}\nfailed: no memory\n")
        self.control(f"touch {self.home}/up")

    def control(self, start: str) -> None:
        (self.home / "control").write_text(CONTROL.format(home=self.home, start=start))
        (self.home / "control").chmod(0o755)

    def measure(self, **changes: Any) -> Evidence:
        planned = hashlib.sha256(MODEL).hexdigest()
        paths = {name: str(self.home / file) for name, file in FILES.items()}
        job: dict[str, Any] = {**paths, "sha256": planned, "floor": 1.0, **LIMITS}
        done = subprocess.run(["sh", "-c", script(job | changes)], capture_output=True, text=True, timeout=120, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert KEY not in done.stdout
        return read(done.stdout)

    def calls(self) -> list[str]:
        return (self.home / "calls").read_text().split()


FILES = {"config": "server.json", "key": "api_key", "command": "control", "model": "tiny.gguf"}
LIMITS = {"start_limit_s": 5.0, "measure_limit_s": 0.0}


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Llama) as server:
        laid_out = Host(tmp_path, server.server_port)
        server.laid_out = laid_out  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield laid_out
        server.shutdown()


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


def test_measures_an_engine_that_runs_and_leaves_it_running(host: Host) -> None:
    (host.home / "up").touch()
    found = host.measure()
    assert found.broken is None
    assert [[round(speed, 3) for speed in runs] for runs in found.series] == [[99.219] * 5]  # 127 tokens in 1.28 s
    assert (found.threads, found.context, found.sample) == (1, 512, "Rivers shape the land.")
    assert (found.prompt_tok_s, found.web_ui, found.load_s, found.was_running) == (500.0, True, None, True)
    assert found.first_token_s is not None
    assert found.bandwidth_gb_s is None or found.bandwidth_gb_s > 0.5  # None: this machine has too little memory
    assert "stop" not in host.calls()


def test_a_program_on_the_port_is_named(host: Host) -> None:
    found = host.measure()  # the stand-in listens, while the service is stopped
    assert found.broken is not None
    assert found.broken.layer == "port"
    assert found.broken.message.startswith(f"port {host.port} is taken by ")
    assert "(process " in found.broken.message
    assert host.calls() == ["status"]


def test_starts_and_stops_an_engine_that_was_stopped(host: Host) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = json.loads((host.home / "server.json").read_text())
    (host.home / "server.json").write_text(json.dumps(config | {"port": port}))
    found = host.measure(start_limit_s=1.0)  # nothing ever listens there
    assert found.broken is not None
    assert found.broken.message == "the engine did not get ready within 1 s"
    assert host.calls()[:2] == ["status", "start"]
    assert host.calls()[-1] == "stop"


def test_an_engine_that_ends_is_quoted_without_the_key(host: Host) -> None:
    (host.home / "server.json").write_text((host.home / "server.json").read_text().replace(str(host.port), "1"))
    host.control("true")
    found = host.measure()
    assert found.broken is not None
    assert found.broken.message == "the engine ended before it had loaded the model"
    assert found.broken.log == ("starting", "key [api key]", "failed: no memory")


def test_a_start_command_that_fails(host: Host) -> None:
    (host.home / "server.json").write_text((host.home / "server.json").read_text().replace(str(host.port), "1"))
    host.control("echo no such user; exit 6")
    found = host.measure()
    assert found.broken is not None
    assert (found.broken.layer, found.broken.message) == ("engine", "the engine did not start: no such user")


def test_another_file_is_not_measured(host: Host) -> None:
    (host.home / "up").touch()
    found = host.measure(sha256="0" * 64)
    assert found.sha256 == hashlib.sha256(MODEL).hexdigest()
    assert found.series == ()


def test_a_cached_prompt_is_no_measurement(host: Host) -> None:
    (host.home / "up").touch()
    host.replies["cache_n"] = 12
    found = host.measure()
    assert found.broken is not None
    assert (found.broken.layer, found.broken.message) == ("request", "12 tokens of the prompt came from a cache")
    assert found.series == ()


def test_a_refused_key(host: Host) -> None:
    (host.home / "up").touch()
    (host.home / "api_key").write_text("another")
    (host.home / "log").write_text("")
    found = host.measure()
    assert found.broken is not None
    assert found.broken.message == "POST /completion: HTTP 401: {}"


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("server.json", "", "server.json is not there: no engine was set up"),
        ("server.json", "{", "server.json is damaged: JSONDecodeError"),
        ("server.json", "{}", "server.json is damaged: KeyError 'model'"),
        ("api_key", "", "api_key is not there or empty"),
    ],
)
def test_configuration(host: Host, file: str, content: str, words: str) -> None:
    (host.home / file).write_text(content)
    found = host.measure()
    assert found.broken is not None
    assert found.broken.layer == "configuration"
    assert words in found.broken.message


def test_no_control_command(host: Host) -> None:
    (host.home / "control").unlink()
    found = host.measure()
    assert found.broken is not None
    assert found.broken.message == f"{host.home}/control cannot be run (No such file or directory): no engine was set up"


def test_no_model_file(host: Host) -> None:
    host.model.unlink()
    (host.home / "api_key").unlink()
    assert host.measure().model_reason == "No such file or directory"


def test_no_python(tmp_path: Path) -> None:
    done = subprocess.run(["/bin/sh", "-c", script({})], env={"PATH": str(tmp_path)}, check=False)
    assert done.returncode == NO_PYTHON


MODULES = [path for path in files("rigprov.verify.host").iterdir() if path.name.endswith(".py")]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_host_side_needs_python_3_8_and_its_standard_library_only(module: Any) -> None:
    tree = ast.parse(module.read_text(), feature_version=(3, 8))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    foreign = {name for name in imported if name and name.split(".")[0] not in sys.stdlib_module_names}
    assert all(name.startswith("rigprov.verify.host") for name in foreign), foreign

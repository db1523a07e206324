"""The script as it is sent, run by this machine's sh and Python, against a stand-in for the engine's HTTP interface.

The real engine is measured by the live tests; here its replies are chosen, so that every branch can be seen.
"""

import ast
import hashlib
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from rigprov.verify.script import NO_PYTHON, script
from tests.unit.verify.stand_in import MODEL, Host, Llama

pytestmark = pytest.mark.process


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Llama) as server:
        laid_out = Host(tmp_path, server.server_port)
        server.laid_out = laid_out  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield laid_out
        server.shutdown()


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
    assert found.raw["disk"]["read"] == {"reason": "the file is too small for it (0.0 MB)"}
    assert "cached" not in found.raw["disk"]  # nothing was dropped


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
    assert found.broken.message == "the engine refused the API key (HTTP 401)"


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
    done = subprocess.run(["/bin/sh"], input=script({}), text=True, env={"PATH": str(tmp_path)}, check=False)
    assert done.returncode == NO_PYTHON


MODULES = [path for path in files("rigprov.verify.host").iterdir() if path.name.endswith(".py")]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_host_side_needs_python_3_8_and_its_standard_library_only(module: Any) -> None:
    tree = ast.parse(module.read_text(), feature_version=(3, 8))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    foreign = {name for name in imported if name and name.split(".")[0] not in sys.stdlib_module_names}
    assert all(name.startswith("rigprov.verify.host") for name in foreign), foreign

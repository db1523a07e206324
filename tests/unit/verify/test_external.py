"""Servers that somebody else set up, with their faults: the script as it is sent, run by this machine's Python."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rigprov.verify.evidence import Evidence, read
from rigprov.verify.host.external import way_in
from rigprov.verify.script import script
from tests.live.faulty_server import KEY, TOKEN_S, Server

pytestmark = pytest.mark.process

Measure = Callable[..., Evidence]


@pytest.fixture
def measure(tmp_path: Path) -> Iterator[Measure]:
    running: list[Server] = []

    def call(
        kind: str, *, key: str = "", model: str = "", port: int | None = None, prefix: str = "/v1", **changes: Any
    ) -> Evidence:
        server = Server(0, kind)
        running.append(server)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        where = {"host": "127.0.0.1", "port": port or server.server_port, "secure": False, "prefix": prefix}
        job: dict[str, Any] = {"mode": "server", "lock": str(tmp_path / "lock"), "floor": 0.0, "measure_limit_s": 0.0}
        job |= {
            "server": {**where, "key": key, "model": model},
            "probe_limit_s": 1.0,
            "start_limit_s": 1.5,
            "request_limit_s": 20.0,
        }
        job |= {"hard_limit_s": 60.0, "guard_limit_s": 90.0}
        done = subprocess.run(["sh"], input=script(job | changes), capture_output=True, text=True, timeout=120, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert KEY not in done.stdout
        return read(done.stdout)

    yield call
    for server in running:
        server.shutdown()
        server.server_close()


def test_a_server_is_measured(measure: Measure) -> None:
    found = measure("locked", key=KEY, soak_s=1.0)
    assert found.broken is None
    (runs,) = found.series[:1]
    assert len(runs) == 5
    assert all(0 < run < 1.02 / TOKEN_S for run in runs), runs  # a sleep is never shorter than asked for, but longer under load
    assert (found.counted, found.reasoning, found.server_model, found.weights) == ("usage", False, "model-a", "unknown")
    assert found.server_url.startswith("http://127.0.0.1:")
    assert found.prompt_tok_s is not None
    assert found.first_token_s is not None
    assert (found.bandwidth_gb_s, found.bytes_per_token, found.load_s, found.sha256) == (None, None, None, None)
    assert len(found.soak) >= 2
    assert found.soak[-1].at_s >= 1.0


@pytest.mark.parametrize(
    ("kind", "options", "said", "fix"),
    [
        ("silent", {}, "took the request and said nothing for 1 s", "start the server, or check the address"),
        ("page", {}, "/v1 answers /models with a web page (HTTP 200)", "check the address"),
        ("locked", {}, "wants an API key (HTTP 401)", "give the key with `--api-key-file FILE`"),
        ("locked", {"key": KEY + "-old"}, "refused the API key (HTTP 401)", "check the key in the file"),
        ("plain", {"port": 1}, "nothing listens at http://127.0.0.1:1/v1", "start the server"),
        ("hung", {}, "took the request and said nothing for 2 s", ""),
        ("uncounted", {}, "the server reports no token counts", "measure it with the engine's own benchmark"),
    ],
)
def test_faults_are_one_sentence(measure: Measure, kind: str, options: dict[str, Any], said: str, fix: str) -> None:
    found = measure(kind, **options)
    assert found.broken is not None
    assert found.broken.layer == "server"
    assert said in found.broken.message
    assert "\n" not in found.broken.message
    assert fix in found.broken.fix
    assert found.series == ()


def test_the_measuring_is_ended_when_its_time_is_up(measure: Measure) -> None:
    found = measure("plain", hard_limit_s=1.0)
    assert found.broken is not None
    assert found.broken.message == "the measuring did not end within 1 s"


def test_the_whole_script_has_a_limit(measure: Measure) -> None:
    found = measure("silent", probe_limit_s=60.0, start_limit_s=60.0, guard_limit_s=2.0)
    assert found.broken is not None
    assert (found.broken.layer, found.broken.message) == ("time", "the examination did not end within 2 s")


@pytest.mark.parametrize(
    ("status", "key", "says"),
    [(401, "", "--api-key-file"), (403, "k", "check the key"), (503, "", "has loaded its model"), (500, "", ""), (None, "", "")],
)
def test_the_way_out_follows_the_status(status: int | None, key: str, says: str) -> None:
    found = way_in(status, key)
    assert says in found
    assert bool(found) is bool(says)

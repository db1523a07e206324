"""An engine of our own beside the service: the script as it is sent, with a stand-in for the engine."""

import hashlib
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from rigprov.verify.script import script
from tests.unit.verify.stand_in import FILES, LIMITS, MODEL, Host

pytestmark = pytest.mark.process

RECIPE = {"name": "tiny", "metadata": [], "tensors": [["output.weight", [256, 8], "Q8_0"]], "vocabulary": 300}
SHA = hashlib.sha256(MODEL).hexdigest()


@pytest.fixture
def host(tmp_path: Path) -> Host:
    laid_out = Host(tmp_path, 1)
    (tmp_path / "calls").touch()
    (tmp_path / "other.gguf").write_bytes(MODEL)
    return laid_out


def job(host: Host, **changes: Any) -> dict[str, Any]:
    paths = {name: str(host.home / file) for name, file in FILES.items()} | {"model": str(host.home / "other.gguf")}
    own = {"mode": "own", "lock": str(host.home / "lock"), "context": 256, "memory_bytes": 1, "size": 10_000}
    return {**own, **paths, "sha256": SHA, "floor": 1.0, **LIMITS, **changes}


def test_a_model_that_the_service_does_not_serve(host: Host) -> None:
    (host.home / "up").touch()
    found = host.measure(**job(host))
    assert found.broken is None
    assert (found.loaded_path, found.context, found.sha256) == (str(host.home / "other.gguf"), 256, SHA)
    assert [len(runs) for runs in found.series] == [5]
    assert found.load_s is not None
    assert found.weights == "real"
    assert found.engine_log[0].endswith("with the key [api key]")
    assert found.engine_log[1].startswith("mode of the key 600, context 256, supervisor ")
    assert host.calls() == ["status", "stop", "serve", "start"]  # the service makes room meanwhile
    assert host.leftovers() == []


def test_the_disk_is_read_cold_before_a_cold_load(host: Host) -> None:
    content = MODEL + os.urandom(70 << 20)
    (host.home / "other.gguf").write_bytes(content)
    found = host.measure(**job(host, sha256=hashlib.sha256(content).hexdigest(), size=len(content)))
    assert found.series
    seen = found.raw["disk"]
    if seen["file_system"] == "tmpfs":
        pytest.skip("temporary files lie in memory")
    assert seen["read"]["gb_s"] > 0
    assert seen["read"]["method"] in ("direct", "buffered")
    assert seen["cached"] == 0  # although it had just been hashed


def test_the_model_of_the_service_needs_no_other_engine(host: Host) -> None:
    found = host.measure(**job(host, model=str(host.model), start_limit_s=0.5))
    assert found.broken is not None
    assert host.calls()[:2] == ["status", "start"]


def test_synthetic_weights(host: Host) -> None:
    found = host.measure(**job(host, recipe=RECIPE))
    assert found.broken is None
    path = str(host.home / "rigprov-synthetic-other.gguf")
    assert (found.loaded_path, found.synthetic_path, found.weights) == (path, path, "synthetic")
    assert found.sha256 == found.synthetic_sha256
    assert found.bytes_per_token is not None
    assert found.bytes_per_token >= 256 * 8
    assert not Path(path).exists()
    assert (host.home / "other.gguf").read_bytes() == MODEL
    assert "start" not in host.calls()  # the service was not running


def test_synthetic_weights_may_stay(host: Host) -> None:
    found = host.measure(**job(host, recipe=RECIPE, keep_weights=True))
    assert hashlib.sha256(Path(found.synthetic_path).read_bytes()).hexdigest() == found.synthetic_sha256


def test_no_room_for_synthetic_weights(host: Host) -> None:
    (host.home / "up").touch()
    found = host.measure(**job(host, recipe=RECIPE, size=1 << 60))
    assert found.broken is not None
    assert found.broken.layer == "weights"
    assert "GiB free, synthetic weights and a reserve need " in found.broken.message
    assert host.calls() == []  # the service was not touched


def test_a_file_of_that_name_that_is_not_ours_stays(host: Host) -> None:
    mine = host.home / "rigprov-synthetic-other.gguf"
    mine.write_bytes(b"precious")
    found = host.measure(**job(host, recipe=RECIPE))
    assert found.broken is not None
    assert "is not a synthetic model file" in found.broken.message
    assert mine.read_bytes() == b"precious"


def test_too_little_memory(host: Host) -> None:
    (host.home / "up").touch()
    found = host.measure(**job(host, memory_bytes=1 << 60))
    assert found.broken is not None
    assert found.broken.message.startswith("the model needs 1073741824.0 GiB of memory and ")
    assert host.calls() == ["status", "stop", "start"]


@pytest.mark.parametrize(
    ("content", "looks"),
    [
        (MODEL[:-1], ""),
        (b"<!DOCTYPE html><html>log in</html>", "it is a web page, not a model"),
        (b"version https://git-lfs.example/spec/v1\n", "it is a pointer of Git LFS"),
        (bytes(100), "it begins with zeros"),
        (b"", "it is empty"),
        (b"PK\x03\x04", "it is no GGUF file"),
    ],
)
def test_a_file_that_is_not_the_planned_one_is_never_loaded(host: Host, content: bytes, looks: str) -> None:
    (host.home / "up").touch()
    (host.home / "other.gguf").write_bytes(content)
    found = host.measure(**job(host))
    assert (found.series, found.size, found.looks[: len(looks)]) == ((), len(content), looks)
    assert host.calls() == []


@pytest.mark.parametrize(
    ("fault", "said", "fix"),
    [
        ("dies", "the engine ended before it had loaded the model", ""),
        (
            "strange",
            "the engine ended before it had loaded the model (signal 4)",
            "it uses instructions that this machine lacks: take a build made for it (--set llm_runtime.source=build)",
        ),
        ("killed", "the engine ended while it was measured (signal 9)", ""),
    ],
)
def test_an_engine_that_ends(host: Host, fault: str, said: str, fix: str) -> None:
    (host.home / "fault").write_text(fault)
    found = host.measure(**job(host))
    assert found.broken is not None
    assert (found.broken.layer, found.broken.message) == ("engine", said)
    if fix:
        assert found.broken.fix == fix
    assert len(found.broken.log) >= 2
    assert host.leftovers() == []


@pytest.mark.parametrize("how", ["signal", "connection"])
def test_cut_off_it_leaves_nothing_behind(host: Host, how: str) -> None:
    (host.home / "up").touch()
    running = started(host, script(job(host, recipe=RECIPE, soak_s=60.0)))
    assert running.stdout is not None
    deadline = time.monotonic() + 30
    while "serve" not in host.calls():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    time.sleep(1)
    if how == "signal":
        running.send_signal(signal.SIGTERM)
    else:
        running.stdout.close()
    assert running.wait(20) == 1
    running.stdout.close()
    assert host.calls() == ["status", "stop", "serve", "start"]
    assert host.leftovers() == []
    assert not list(host.home.glob("*synthetic*"))
    engines = [path for path in Path("/proc").glob("[0-9]*/cmdline") if str(host.home).encode() in _read(path)]
    assert engines == []


def started(host: Host, text: str) -> "subprocess.Popen[str]":
    """As over SSH: the script comes through standard input, which then ends."""
    process = subprocess.Popen(["sh"], env=host.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    process.stdin.write(text)
    process.stdin.close()
    return process


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_two_at_once(host: Host) -> None:
    first = started(host, script(job(host, soak_s=2.0)))
    deadline = time.monotonic() + 30
    while "serve" not in host.calls():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    second = host.measure(**job(host))
    assert second.broken is not None
    assert second.broken.layer == "lock"
    assert second.broken.message.startswith(f"another `rigprov verify` measures here: process {first.pid}, started by ")
    assert (second.broken.fix, second.sha256) == ("wait until it has ended", None)
    assert first.stdout is not None
    out = first.stdout.read()
    first.stdout.close()
    first.wait(60)
    assert '"failure"' not in out
    assert host.calls().count("serve") == 1

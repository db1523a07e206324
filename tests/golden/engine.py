"""The engine on a model file, on the CPU, for making golden files and for trying faults on them."""

import contextlib
import json
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rigprov.verify.host.server import Server

START_LIMIT_S = 600.0
# Runs in an interpreter that has the engine's wheel. A value "Type.NAME" is a member of an enumeration of the engine.
_PROGRAM = """
import ctypes, json, signal, sys, xllamacpp
ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG: ends with the one that started it
model, port, changes = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
wanted = xllamacpp.CommonParams()
wanted.model.path, wanted.hostnames, wanted.port = model, ["127.0.0.1"], port
wanted.n_ctx, wanted.n_parallel, wanted.cache_ram_mib = 256, 1, 0
wanted.cpuparams.n_threads = changes.pop("threads", 1)
for key, value in changes.items():
    if isinstance(value, str):
        kind, member = value.split(".")
        value = getattr(getattr(xllamacpp, kind), member)
    setattr(wanted, key, value)
server = xllamacpp.Server(wanted)
signal.pause()
"""


@contextlib.contextmanager
def running(model: Path, python: str, changes: Mapping[str, object] | None = None) -> Iterator[Server]:
    """A server with the model loaded.

    Args:
        model: GGUF file.
        python: interpreter that has the engine's wheel, or llama.cpp's own `llama-server`.
        changes: `threads` and, for the wheel, fields of the engine's parameters.

    Raises:
        RuntimeError: it ended, or was not ready in time; with its last words.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = _command(python, str(model), str(port), dict(changes or {}))
    with tempfile.TemporaryFile() as log:
        # Threads that wait without spinning: correct numbers are wanted here, not speed, and other work may run beside.
        environment = {**os.environ, "OMP_WAIT_POLICY": "passive"}
        process = subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT, env=environment)
        try:
            server = Server("127.0.0.1", port, "none")
            _wait(server, process)
            yield server
        except RuntimeError as error:
            log.seek(0)
            raise RuntimeError(f"{error}: {log.read().decode(errors='replace')[-600:]}") from error
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def in_one_pass(model: Path, program: str, text: Mapping[str, Any], threads: int) -> dict[str, Any]:
    """What `logits.probe` returns, by the program that `positions.cpp` becomes."""
    words = [program, model, threads, text["start"], *text["tokens"]]
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{program} ended with {done.returncode}: {done.stderr[-600:]}")
    return {"top": json.loads(done.stdout)}


def _command(program: str, model: str, port: str, changes: dict[str, object]) -> list[str]:
    if Path(program).name != "llama-server":
        return [program, "-c", _PROGRAM, model, port, json.dumps(changes)]
    threads = str(changes.pop("threads", 1))
    assert not changes, f"llama-server is not told {', '.join(changes)}"
    here = ["--host", "127.0.0.1", "--port", port, "--ctx-size", "256", "--parallel", "1", "--cache-ram", "0"]
    return [program, "--model", model, *here, "--threads", threads, "--device", "none", "--gpu-layers", "0"]


def _wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    began = time.monotonic()
    while not server.healthy():
        if process.poll() is not None:
            raise RuntimeError(f"the engine ended with {process.returncode}")
        if time.monotonic() - began > START_LIMIT_S:
            raise RuntimeError("the engine did not get ready")
        time.sleep(0.2)

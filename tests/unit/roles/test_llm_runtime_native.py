"""llama-server as a program: its command line, what keeps it from running, and that nothing of a secret shows."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.roles.llm_runtime import home, module, program

native = module("native")
BASE = {"model": "/m.gguf", "host": "127.0.0.1", "port": 8080, "context": 4096}
PLAIN = "S --model /m.gguf --host 127.0.0.1 --port 8080 --ctx-size 4096 --parallel 1"
KNOWS = """case $1 in --version) echo "version: 11434 (abc)";; --list-devices) echo "Available devices:"%s;; *) %s;; esac"""


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({}, f"{PLAIN} --cache-ram 0 --gpu-layers 0 --api-key-file /k"),
        (
            {"threads": 8, "prompt_cache_mib": 512},
            f"{PLAIN} --threads 8 --threads-batch 8 --cache-ram 512 --gpu-layers 0 --api-key-file /k",
        ),
        ({"gpu_layers": "all"}, f"{PLAIN} --cache-ram 0 --gpu-layers 999 --verbosity 4 --api-key-file /k"),
        (
            {"gpu_layers": "20", "flash_attention": "on", "split_mode": "row"},
            f"{PLAIN} --cache-ram 0 --gpu-layers 20 --flash-attn on --verbosity 4 --split-mode row --api-key-file /k",
        ),
        ({"gpu_layers": "0", "split_mode": "row"}, f"{PLAIN} --cache-ram 0 --gpu-layers 0 --api-key-file /k"),
    ],
)
def test_command_line(more, line):
    assert native.command("S", BASE | more, "/k") == line.split()


def test_the_library_that_is_missing_is_named(tmp_path):
    program(tmp_path / "llama-server", "exit 0")
    (tmp_path / "ldd").write_text(
        "#!/bin/sh\necho '\tlibcublas.so.12 => not found'\necho '\tlibc.so.6 => /lib/libc.so.6 (0x1)'\n"
    )
    (tmp_path / "ldd").chmod(0o755)
    done = ask(tmp_path, "print(native.why_not(sys.argv[1], {}))", path=f"{tmp_path}:{os.environ['PATH']}")
    assert done == "llama-server lacks libcublas.so.12: install what holds them, or take another build"


def ask(engine: Path, line: str, path: str = os.environ["PATH"]) -> str:
    """What the module says in a process with its own PATH."""
    code = f"import sys; sys.path.insert(0, sys.argv[2]); import native; {line}"
    folder = str(Path(native.__file__).parent)
    words = [sys.executable, "-B", "-c", code, str(engine), folder]
    return subprocess.run(words, capture_output=True, text=True, check=True, env={**os.environ, "PATH": path}).stdout.strip()


@pytest.mark.parametrize(
    ("does", "settings", "reason"),
    [
        (KNOWS % ("", ":"), {}, None),
        ("echo no such thing; exit 3", {}, "llama-server ended with exit code 3; it said: no such thing"),
        ("kill -ILL $$", {}, "llama-server was ended by signal 4 (built for another CPU?); it said: nothing"),
        (KNOWS % ("", ":"), {"gpu_layers": "all"}, "the engine sees no GPU, and layers are to lie on one"),
        (KNOWS % ("; echo '  CUDA0: NVIDIA GeForce RTX 3090 (24124 MiB, 23800 MiB free)'", ":"), {"gpu_layers": "all"}, None),
    ],
)
def test_why_it_cannot_run(tmp_path, does, settings, reason):
    program(tmp_path / "llama-server", does)
    said = native.why_not(str(tmp_path), settings)
    assert (said or "").startswith(reason or "")
    assert (said is None) == (reason is None)


def test_libraries_are_found_wherever_the_archive_has_them(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/libllama.so.0").write_text("")
    (tmp_path / "share").mkdir()
    assert native.environment(str(tmp_path))["LD_LIBRARY_PATH"].split(":")[0] == str(tmp_path / "lib")


def serve(root: Path, config: Path, **env: str) -> "subprocess.CompletedProcess[str]":
    words = [sys.executable, "-B", str(root / "serve.py"), "serve", str(config)]
    return subprocess.run(words, capture_output=True, text=True, check=False, env={**os.environ, **env}, timeout=30)


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def engine(root: Path) -> Path:
    program(home(root) / "current/llama-server", KNOWS % ("", 'echo "$0 $*"; echo "$GOMP_SPINCOUNT"'))
    (root / "key").write_text("secret\n")
    return root


def test_a_configuration_of_ones_own(tmp_path, free_port):
    root, config = engine(tmp_path), tmp_path / "mine.json"
    config.write_text(json.dumps(BASE | {"port": free_port, "key_file": str(root / "key")}))
    done = serve(root, config, RIGPROV_SUPERVISOR=str(os.getpid()))
    line, spin = done.stdout.splitlines()
    assert (done.returncode, spin, "secret" in line) == (0, "1000", False)
    assert line.startswith(f"{root}/current/llama-server --model /m.gguf --host 127.0.0.1 --port {free_port} ")
    assert line.endswith(f"--api-key-file {root}/key")


def test_nothing_is_started_for_a_parent_that_is_gone(tmp_path, free_port):
    config = engine(tmp_path) / "mine.json"
    config.write_text(json.dumps(BASE | {"port": free_port, "key_file": str(tmp_path / "key")}))
    done = serve(tmp_path, config, RIGPROV_SUPERVISOR="1")
    assert (done.returncode, done.stdout) == (1, "")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "mine.json cannot be read: No such file or directory"),
        ("{", "mine.json is not a JSON object: "),
        ('{"model": "/m"}', "mine.json lacks host, port, context"),
        (json.dumps(BASE | {"key_file": "/nowhere/key"}), "the API key /nowhere/key cannot be read: No such file or directory"),
    ],
)
def test_a_configuration_that_cannot_be_used(tmp_path, content, message):
    config = engine(tmp_path) / "mine.json"
    if content is not None:
        config.write_text(content)
    done = serve(tmp_path, config)
    assert (done.returncode, message in done.stderr, "Traceback" in done.stderr) == (1, True, False), done.stderr


def test_a_port_that_is_taken_is_said(tmp_path):
    config = engine(tmp_path) / "mine.json"
    with socket.create_server(("127.0.0.1", 0)) as other:
        config.write_text(json.dumps(BASE | {"port": other.getsockname()[1], "key_file": str(tmp_path / "key")}))
        done = serve(tmp_path, config)
    assert (done.returncode, "cannot listen on 127.0.0.1 port" in done.stderr) == (1, True)

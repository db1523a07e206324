"""`rigprov weights`, with a model small enough for a test."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from rigprov.catalog import shapes
from rigprov.cli import main
from rigprov.errors import Exit
from rigprov.verify.host import gguf, synth
from tests.unit.verify.tiny import tiny


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def small(monkeypatch):
    """The catalogue's recipe of any model is that of a tiny one."""
    monkeypatch.setattr(shapes, "recipe", lambda _: tiny())


def test_written(small, tmp_path, capsys):
    path = tmp_path / "m.gguf"

    assert main(["weights", "--model", "smollm2-135m", "--out", str(path), "--json"]) == Exit.OK

    data = json.loads(capsys.readouterr().out)["data"]
    seconds = data.pop("seconds")
    assert data == {
        "file": str(path),
        "weights": "synthetic",
        "shape_of": "tiny",
        "sha256": synth.sha256(tiny()),
        "size": path.stat().st_size,
        "bytes_per_token": gguf.bytes_per_token(str(path)),
        "kv_bytes_per_position": None,
    }
    assert seconds > 0


def test_like(small, tmp_path, capsys):
    synth.write(tiny(), str(tmp_path / "a.gguf"))

    assert main(["weights", "--like", str(tmp_path / "a.gguf"), "--out", str(tmp_path / "b.gguf")]) == Exit.OK

    assert "synthetic weights in the shape of tiny" in capsys.readouterr().out
    assert (tmp_path / "b.gguf").stat().st_size == (tmp_path / "a.gguf").stat().st_size


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Files that are not fit for it, on a disk that is nearly full."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=100_000_000))
    content = b"".join(bytes(piece) for piece in synth.chunks(tiny()))
    (tmp_path / "cut.gguf").write_bytes(content[:-4000])
    (tmp_path / "page.gguf").write_bytes(b"<!DOCTYPE html><html>not found</html>")
    (tmp_path / "mine.gguf").write_bytes(b"GGUF and the user's own")
    (tmp_path / "folder").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["--model", "qwen3-8", "--out", "o"], "there is no model `qwen3-8` in the catalogue", "did you mean `qwen3-8b`?"),
        (["--model", "smollm2-135m", "--out", "mine.gguf"], "mine.gguf is there and is not a synthetic model file", "--out"),
        (["--model", "smollm2-135m", "--out", "folder"], "folder is there and is not a synthetic model file", "--out"),
        (["--model", "smollm2-135m", "--out", "no/o"], "no/o cannot be written: No such file or directory", "--out"),
        (["--model", "smollm2-135m", "--out", "big"], "has 0.10 GB free, the file needs 0.17 GB", "--out"),
        (["--like", "page.gguf", "--out", "o"], "page.gguf is not a whole model file: the file does not start with GGUF", "GGUF"),
        (["--like", "cut.gguf", "--out", "o"], "cut.gguf is not a whole model file: the file is shorter", "complete"),
        (["--like", "gone.gguf", "--out", "o"], "gone.gguf cannot be read: No such file or directory", "GGUF"),
        (["--like", "folder", "--out", "o"], "folder cannot be read: Is a directory", "GGUF"),
        (["--model", "smollm2-135m"], "the following arguments are required: --out", "--help"),
        (["--out", "o"], "one of the arguments --model --like is required", "--help"),
        (["--model", "smollm2-135m", "--like", "cut.gguf", "--out", "o"], "not allowed with argument --model", "--help"),
    ],
)
def test_bad_input_is_one_sentence_and_nothing_is_written(folder, capsys, words, message, hint):
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}

    assert main(["weights", *words]) == Exit.USAGE

    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert message in err
    assert hint in err
    assert "Traceback" not in err
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_sigterm_leaves_nothing(tmp_path):
    words = [sys.executable, "-m", "rigprov", "weights", "--model", "llama-3.2-3b", "--out", str(tmp_path / "m.gguf")]
    with subprocess.Popen(words, stderr=subprocess.PIPE) as process:
        while not any(path.stat().st_size for path in tmp_path.iterdir()):  # it is writing
            assert process.poll() is None
            time.sleep(0.005)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == Exit.INTERRUPTED

    assert names(tmp_path) == []

import hashlib
import json
import math
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from rigprov.verify.host import blocks, gguf, synth
from tests.unit.verify.tiny import KINDS, READ, half, tiny

# Written once by Python 3.8 and 3.13: another machine, libc or Python must give the same.
DIGESTS = {
    "Q4_K": "a1be87e31fe7596248fc41b39c057d95f0016ae3d73b7af8e22f196629fd1dcc",
    "Q6_K": "8268a2cf4967f5cb9439fdd3537adcd0dd59e09dc3f26b023d33f34ce7912f1e",
    "Q4_1": "7d03f7f3e463e092440eb6e2b3d274de8036d9c077ce05c6d455041f0c600f9b",
    "F16": "cdf43d2d7116146bdced5d73b2a6445e3a350d6fa58385d6cc7d37215124c56b",
}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("kind", DIGESTS)
def test_the_bytes_are_the_same_everywhere(kind):
    assert synth.sha256(tiny(kind)) == DIGESTS[kind]


def test_written(tmp_path):
    path = tmp_path / "m.gguf"
    said = []
    written = synth.write(tiny(size=4 << 20, rows=100), str(path), lambda done, total: said.append((done, total)))

    assert path.stat().st_size == written["size"] == 4 << 20
    assert hashlib.sha256(path.read_bytes()).hexdigest() == written["sha256"] == synth.sha256(tiny(size=4 << 20, rows=100))
    assert said[-1] == (4 << 20, 4 << 20)
    header = gguf.read(str(path))
    assert header.metadata["rigprov.synthetic"] is True
    assert header.metadata["general.name"] == "tiny (synthetic)"
    assert header.metadata["tokenizer.ggml.tokens"][:4] == ["<unk>", "<s>", "</s>", "<0x00>"]
    assert [len(header.metadata[f"tokenizer.ggml.{key}"]) for key in ("tokens", "scores", "token_type")] == [300, 300, 300]
    assert [(tensor.name, tensor.shape, tensor.kind) for tensor in header.tensors] == [
        ("blk.0.ffn_up.weight", (512, 100), 12),
        ("blk.0.ffn_norm.weight", (512,), 0),
    ]
    assert names(tmp_path) == ["m.gguf"]


def weights(kind: str) -> bytes:
    """The matrix of the tiny model."""
    content = b"".join(bytes(piece) for piece in synth.chunks(tiny(kind)))
    size = blocks.size(blocks.BY_NAME[kind], (512, 300))
    return content[-(-size // 32) * -32 - 4 * 512 :][:size]  # both tensors start at multiples of 32


@pytest.mark.parametrize("kind", READ)
def test_weights_are_of_the_right_size_and_average_nothing(kind):
    size, read = READ[kind]
    data = weights(kind)
    values = [value for at in range(0, len(data), size) for value in read(data[at : at + size])]

    deviation = statistics.pstdev(values)
    assert deviation == pytest.approx(1 / math.sqrt(512), rel=0.05)
    assert abs(statistics.fmean(values)) < deviation / 50  # a mean would make all positions give one token


@pytest.mark.parametrize("kind", READ)
def test_scales_vary_and_are_normal_numbers(kind):
    """One constant scale makes a file too fast on x86; real files have 650 to 1300."""
    size, at = READ[kind][0], {"Q6_K": 208}.get(kind, 0)
    data = weights(kind)
    scales = [half(data, start + at) for start in range(0, len(data), size)]

    assert all(math.isfinite(scale) and scale for scale in scales)
    assert len(set(scales)) > 200
    assert 0.2 < statistics.pstdev(math.log(abs(scale)) for scale in scales) < 0.4


@pytest.mark.parametrize("kind", KINDS)
def test_every_type_has_a_generator(kind):
    assert len(set(weights(kind))) > 100


def test_no_two_rows_are_alike():
    data = weights("Q4_K")
    rows = {data[at : at + 288] for at in range(0, len(data), 288)}

    assert len(rows) == 300


def test_another_file_is_not_overwritten(tmp_path):
    path = tmp_path / "m.gguf"
    path.write_bytes(b"the user's")

    with pytest.raises(synth.Refused, match="is not a synthetic model file"):
        synth.write(tiny(), str(path))

    assert path.read_bytes() == b"the user's"
    assert names(tmp_path) == ["m.gguf"]


@pytest.mark.parametrize("there", ["folder", "dangling link", "device"])
def test_what_is_no_file_is_not_replaced(tmp_path, there):
    path = tmp_path / "m.gguf"
    if there == "folder":
        path.mkdir()
    elif there == "device":
        path.symlink_to("/dev/null")
    else:
        path.symlink_to(tmp_path / "gone" / "m.gguf")

    with pytest.raises((synth.Refused, FileNotFoundError)):
        synth.write(tiny(), str(path))

    assert names(tmp_path) == ["m.gguf"]


def test_one_of_ours_is_replaced(tmp_path):
    path = tmp_path / "m.gguf"
    first = synth.write(tiny(), str(path))
    second = synth.write(tiny(seed=2), str(path))

    assert first["size"] == second["size"]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == second["sha256"] != first["sha256"]


def test_a_link_to_one_of_ours_stays_a_link(tmp_path):
    synth.write(tiny(), str(tmp_path / "m.gguf"))
    (tmp_path / "link.gguf").symlink_to(tmp_path / "m.gguf")

    written = synth.write(tiny(seed=2), str(tmp_path / "link.gguf"))

    assert (tmp_path / "link.gguf").is_symlink()
    assert hashlib.sha256((tmp_path / "m.gguf").read_bytes()).hexdigest() == written["sha256"]


def test_too_little_space(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=70_000_000))

    with pytest.raises(synth.Refused, match=r"has 0.07 GB free, the file needs 0.08 GB"):
        synth.write(tiny(size=16 << 20), str(tmp_path / "m.gguf"))

    assert names(tmp_path) == []


def test_a_size_that_is_too_small_for_the_weights(tmp_path):
    with pytest.raises(synth.Refused, match="1024 bytes cannot be reached, header and weights take"):
        synth.write(tiny(size=1024), str(tmp_path / "m.gguf"))


@pytest.mark.parametrize(
    ("tensor", "words"),
    [
        (["a", [512, 2], "IQ1_M"], "tensor a has the type IQ1_M, for which there is no generator"),
        (["a", [100, 2], "Q4_K"], "tensor a: rows of 100 elements do not fit Q4_K, whose blocks have 256"),
    ],
)
def test_a_recipe_that_cannot_be_followed(tmp_path, tensor, words):
    with pytest.raises(synth.Refused, match=words):
        synth.write(tiny(tensors=[tensor]), str(tmp_path / "m.gguf"))


SLOW = """
import json, signal, sys, time
from rigprov.verify.host import synth
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
def said(done, total):
    print("writing", flush=True)
    time.sleep(60)
synth.write(json.loads(sys.argv[1]), sys.argv[2], said)
"""


def start(path: Path) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", SLOW, json.dumps(tiny()), str(path)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "writing\n"
    return process


def test_sigterm_leaves_nothing_and_a_kill_leaves_no_half_file(tmp_path):
    path = tmp_path / "m.gguf"
    with start(path) as process:
        with pytest.raises(synth.Refused, match="another run is writing"):
            synth.write(tiny(), str(path))
        process.terminate()
    assert names(tmp_path) == []

    with start(path) as process:
        process.kill()
    assert names(tmp_path) == [".m.gguf.rigprov-synthetic"]

    synth.write(tiny(), str(path))  # takes the leftover over
    assert names(tmp_path) == ["m.gguf"]

import struct

import pytest

from rigprov.verify.host import gguf, synth
from rigprov.verify.host.synth_header import pair
from tests.unit.verify.tiny import tiny


def real(path, extra=(), *, kind="Q4_1", drop_mark=True):
    """A small file that does not carry our mark, as a publisher might write it."""
    recipe = tiny(kind)
    recipe["metadata"] += list(extra)
    content = b"".join(bytes(piece) for piece in synth.chunks(recipe))
    if drop_mark:  # same length, another meaning
        mark = pair("rigprov.synthetic", "bool", value=True)
        content = content.replace(mark, pair("general.synthesis", "bool", value=True)[: len(mark)])
    path.write_bytes(content)
    return str(path)


EXTRA = [["general.license", "str", "apache-2.0"], ["general.quantization_version", "u32", 2]]


def test_same_size_shape_and_tokenizer_and_the_mark(tmp_path):
    source = real(tmp_path / "real.gguf", EXTRA)
    assert not synth.is_synthetic(source)

    written = synth.write(synth.like(source), str(tmp_path / "twin.gguf"))

    original, twin = gguf.read(source), gguf.read(str(tmp_path / "twin.gguf"))
    assert written["size"] == original.file_size == twin.file_size
    assert [tensor[:3] for tensor in twin.tensors] == [tensor[:3] for tensor in original.tensors]
    assert twin.metadata["rigprov.synthetic"] is True
    assert twin.metadata["general.name"] == "tiny (synthetic)"  # it ends so already: not said twice
    kept = {key for key in original.metadata if key.startswith("tokenizer.")}
    assert kept
    assert {key: twin.metadata[key] for key in kept} == {key: original.metadata[key] for key in kept}
    assert gguf.bytes_per_token(source) == gguf.bytes_per_token(str(tmp_path / "twin.gguf"))


def test_a_name_gets_the_mark(tmp_path):
    recipe = synth.like(real(tmp_path / "real.gguf", [*EXTRA, ["general.name", "str", "SmolLM"]]))

    assert recipe["metadata"] == [["general.name", "str", "SmolLM (synthetic)"]]


def test_a_file_without_a_name_is_called_by_its_file(tmp_path):
    recipe = tiny()
    recipe["metadata"] = [["general.architecture", "str", "llama"]]
    (tmp_path / "x.gguf").write_bytes(b"".join(bytes(piece) for piece in synth.chunks(recipe)))

    assert synth.like(str(tmp_path / "x.gguf"))["name"] == "x.gguf"


def test_cut_off(tmp_path):
    source = real(tmp_path / "real.gguf")
    content = (tmp_path / "real.gguf").read_bytes()
    (tmp_path / "real.gguf").write_bytes(content[:-2000])

    with pytest.raises(gguf.NotGguf, match="shorter than its header says"):
        synth.like(source)


def test_a_type_without_generator(tmp_path):
    source = real(tmp_path / "real.gguf")
    content = (tmp_path / "real.gguf").read_bytes()
    name = b"blk.0.ffn_up.weight"
    at = content.index(name) + len(name) + 4 + 16
    assert content[at : at + 4] == struct.pack("<I", 3)
    (tmp_path / "real.gguf").write_bytes(content[:at] + struct.pack("<I", 29) + content[at + 4 :])

    with pytest.raises(synth.Refused, match=r"tensor blk\.0\.ffn_up\.weight has the type number 29"):
        synth.like(source)

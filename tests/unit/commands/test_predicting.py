"""`rigprov tiers --predict` as a user types it."""

import json

import pytest

from rigprov.catalog.models import MODELS
from rigprov.cli import main
from rigprov.errors import Exit


def run(capsys, *words):
    code = main(["tiers", *words])
    return code, *capsys.readouterr()


@pytest.mark.parametrize("name", ["RTX 4090", "4090", "rtx-4090", "NVIDIA GeForce RTX 4090"])
def test_a_gpu_by_any_of_its_names(name, capsys):
    code, out, err = run(capsys, "--predict", "--gpu", name, "--model", "qwen3-32b")
    assert (code, err) == (Exit.OK, "")
    assert out.startswith("predicted, not measured: GeForce RTX 4090 (1008 GB/s, 24 GiB)\n")


def test_all_models_are_the_default(capsys):
    code, out, _ = run(capsys, "--predict", "--gpu", "3090", "--json")
    document = json.loads(out)
    assert (code, document["command"], document["status"]) == (Exit.OK, "tiers", "ok")
    assert [one["model"] for one in document["data"]["predictions"]] == list(MODELS)
    assert {one["kind"] for one in document["data"]["predictions"]} == {"predicted"}
    _, named, _ = run(capsys, "--predict", "--gpu", "3090", "--model", "all", "--json")
    assert json.loads(named)["data"] == document["data"]


def one(capsys, *words):
    code, out, err = run(capsys, "--predict", *words, "--model", "llama-3.3-70b", "--json")
    assert (code, err) == (Exit.OK, "")
    return json.loads(out)["data"]["predictions"][0]


def test_two_gpus(capsys):
    layer = one(capsys, "--gpu", "3090", "--count", "2")
    tensor = one(capsys, "--gpu", "3090", "--count", "2", "--split", "tensor", "--link", "nvlink")
    assert (layer["split"], tensor["split"], tensor["link"]) == ("layer", "tensor", "nvlink")
    assert (len(layer["cards"]), layer["fits"]) == (2, True)
    assert tensor["empty_context"]["low"] > layer["empty_context"]["high"]


def test_unlike_gpus(capsys):
    found = one(capsys, "--gpu", "3090", "--gpu", "4090")
    assert [card["name"] for card in found["cards"]] == ["GeForce RTX 3090", "GeForce RTX 4090"]
    assert 22.3 < found["empty_context"]["limit"] < 24.1  # between two of the one and two of the other


def test_hardware_that_is_not_in_the_table(capsys):
    found = one(capsys, "--bandwidth", "1500", "--vram", "48", "--context", "8192")
    assert (found["fits"], found["context"], found["cards"][0]["memory"]) == (True, 8192, "gddr")
    assert "bandwidth as given" in found["empty_context"]["source"]
    assert one(capsys, "--bandwidth", "1500", "--memory", "hbm")["fits"] is None
    assert one(capsys, "--cpu-bandwidth", "89.6")["cards"][0]["memory"] == "dram"


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["--predict"], "--predict needs to know the hardware, once", "--gpu NAME"),
        (["--predict", "--gpu", "3090", "--cpu-bandwidth", "50"], "--predict needs to know the hardware, once", "--gpu NAME"),
        (["--predict", "--gpu", "H100"], "`H100` can be one of 3 GPUs", "H100 PCIe (80 GB, 2039 GB/s)"),
        (["--predict", "--gpu", "RTX 6090"], "there is no GPU `RTX 6090` in the table", "GeForce RTX 5090"),
        (["--predict", "--gpu", "3090", "--model", "qwen3-32"], "there is no model `qwen3-32` in the catalogue", "qwen3-32b"),
        (["--predict", "--gpu", "3090", "--model", "x"], "there is no model `x` in the catalogue", "smollm2-135m"),
        (["--predict", "--gpu", "3090", "--count", "0"], "--count 0 is out of range", "between 1 and 64"),
        (["--predict", "--gpu", "3090", "--count", "two"], "invalid int value: 'two'", "--help"),
        (["--predict", "--gpu", "3090", "--context", "-1"], "--context -1 is out of range", "between 1"),
        (["--predict", "--bandwidth", "nan", "--vram", "8"], "--bandwidth nan is out of range", "between"),
        (["--predict", "--bandwidth", "-5"], "--bandwidth -5 is out of range", "between"),
        (["--predict", "--bandwidth", "500", "--vram", "0"], "--vram 0 is out of range", "between"),
        (["--predict", "--gpu", "3090", "--vram", "24"], "--vram goes with --bandwidth only", "no such figure"),
        (["--predict", "--gpu", "3090", "--split", "tensor"], "--split tensor needs at least two GPUs", "--count 2"),
        (["--predict", "--gpu", "3090", "--count", "2", "--split", "none"], "only one GPU is used", "leave --split out"),
        (["--predict", "--gpu", "3090", "--gpu", "4090", "--count", "2"], "contradict each other", "repeat --gpu"),
        (["--predict", "--cpu-bandwidth", "50", "--count", "2"], "--count counts GPUs", "all channels"),
        (["--predict", "--gpu", "3090", "somehost"], "--predict asks no host", "leave out HOST"),
        (["--predict", "--gpu", "3090", "--fit"], "--predict asks no host", "leave out HOST"),
        (["--gpu", "3090"], "--gpu belongs to a prediction", "add --predict"),
        (["--cpu-bandwidth", "50"], "--cpu-bandwidth belongs to a prediction", "add --predict"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(words, message, hint, capsys):
    code, out, err = run(capsys, *words)
    assert (code, out) == (Exit.USAGE, "")
    lines = err.splitlines()
    assert message in lines[0]
    assert hint in lines[1]
    assert len(lines) == 2

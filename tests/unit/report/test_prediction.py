"""Predictions as text and data."""

from rigprov.catalog.models import MODELS
from rigprov.report.prediction import prediction_data, prediction_text
from rigprov.tiers.predict import Card
from rigprov.tiers.prediction import predict

RTX_3090 = Card("GeForce RTX 3090", 936.2, "gddr", 24)


def found(model, cards=(RTX_3090,), split="none", link="unknown"):
    return predict(MODELS[model], cards, context=4096, split=split, link=link)


def test_every_figure_stands_under_the_word_predicted():
    text = prediction_text([found("qwen3-32b"), found("llama-3.3-70b")])
    lines = text.splitlines()
    assert lines[0] == "predicted, not measured: GeForce RTX 3090 (936.2 GB/s, 24 GiB)"
    assert "predicted tokens/s" in lines[2]
    assert lines[3].startswith("  Qwen3 32B Q4_K_M")
    assert "30.3 to 45.3" in lines[3]
    assert "48.5" in lines[3]
    assert lines[3].endswith("fits: 19.9 GiB, 3.1 GiB to spare")
    assert "DOES NOT FIT: 41.4 GiB, 18.4 GiB short" in lines[4]
    assert "XiongjieDai/GPU-Benchmarks-on-LLM-Inference 2024" in text.replace("\n    ", " ")


def test_columns_stand_under_their_heads():
    lines = prediction_text([found("qwen3-32b"), found("smollm2-135m")]).splitlines()
    for head in ("predicted tokens/s", "with 4096 tokens", "memory"):
        at = lines[2].index(head)
        assert all(line[at - 1] == " " and line[at] != " " for line in lines[3:5]), head


def test_several_gpus_and_their_link():
    pair = [RTX_3090, RTX_3090]
    assert (
        prediction_text([found("llama-3.3-70b", pair, "layer")])
        .splitlines()[0]
        .endswith("2x GeForce RTX 3090 (936.2 GB/s, 24 GiB), layer split")
    )
    assert "tensor split, link nvlink" in prediction_text([found("llama-3.3-70b", pair, "tensor", "nvlink")]).splitlines()[0]


def test_data():
    data = prediction_data(found("qwen3-30b-a3b"))
    assert (data["kind"], data["model"], data["fits"], data["context"]) == ("predicted", "qwen3-30b-a3b", True, 4096)
    start = data["empty_context"]
    assert isinstance(start, dict)
    assert set(start) == {"low", "high", "limit", "source"}
    spare, have = data["spare_bytes"], data["usable_vram_bytes"]
    assert have == 23 * 2**30
    assert spare == 23 * 2**30 - MODELS["qwen3-30b-a3b"].resident_bytes(4096)


def test_what_is_not_known_is_none_with_a_reason():
    data = prediction_data(found("qwen3-8b", [Card("CPU", 89.6, "dram")]))
    assert (data["fits"], data["spare_bytes"], data["fits_reason"]) == (None, None, "it lies in the machine's RAM")

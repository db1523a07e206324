"""Published measurements: sound, sourced, and possible."""

import pytest

from rigprov.catalog.gpus import every
from rigprov.catalog.models import MODELS
from rigprov.catalog.reference import measured

ROWS = measured()
IDS = [f"{row.count}x {row.hardware} {row.model} {row.quantisation} {row.tokens_per_s:g}" for row in ROWS]


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_every_row_has_a_source_and_is_possible(row):
    assert row.source
    assert 2023 < row.year < 2100
    assert row.split == ("layer" if row.count > 1 else "none")
    assert (0.05 if row.moe else 0.2) < row.share < 1.0  # beyond the bandwidth there is no measurement, only a mistake


def test_time_and_share_are_what_the_figures_say():
    row = next(row for row in ROWS if row.hardware == "RTX A6000" and row.model == "llama3-70b")
    read = row.bytes_per_token + 512 * row.kv_bytes_per_position
    assert row.ideal_ms == pytest.approx(read / 768e9 * 1000)
    assert row.share == pytest.approx(14.58 * read / 768e9)
    assert round(row.share, 2) == 0.80


def test_bandwidths_are_those_of_the_gpu_table():
    table = {card.name: (card.bandwidth_gb_s, card.kind) for card in every()}
    nvidia = [row for row in ROWS if row.memory in ("gddr", "hbm", "unified")]
    assert len(nvidia) > 50
    for row in nvidia:
        assert (row.bandwidth_gb_s, row.memory) == table[row.hardware], row


def test_a_model_of_the_catalogue_reads_the_same_here():
    known = {"qwen3-30b-a3b", "qwen3-8b", "smollm2-135m"}
    shared = [row for row in ROWS if row.model in known]
    assert {row.model for row in shared} == known
    for row in shared:
        model = MODELS[row.model]
        assert (row.bytes_per_token, row.moe) == (model.bytes_per_token, model.moe)
        assert row.kv_bytes_per_position == model.kv_bytes_per_position


def test_rows_are_distinct():
    keys = [(row.hardware, row.count, row.model, row.quantisation, row.source) for row in ROWS]
    assert len(set(keys)) == len(keys)

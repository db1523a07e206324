"""GPUs by PCI id."""

import pytest

from rigprov.catalog.gpus import GpuModel, every, kind_by_name, lookup


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (("2204", "3884"), GpuModel("GeForce RTX 3090", "Ampere", 24.0, 936.2, "GDDR6X", "8.6", "bridge")),
        (
            ("2bb3", "227a"),
            GpuModel("RTX PRO 5000 Blackwell 72GB", "Blackwell", 72.0, 1344.0, "GDDR7", "12.0", "no", "open", 570),
        ),
        (
            ("2bb3", "0000"),
            GpuModel("RTX PRO 5000 Blackwell 48GB", "Blackwell", 48.0, 1344.0, "GDDR7", "12.0", "no", "open", 570),
        ),
        (
            ("2d04", ""),
            GpuModel("GeForce RTX 5060 Ti", "Blackwell", None, None, "GDDR7", "12.0", "no", "open", 575),
        ),  # 8 GB and 16 GB share the id
        (("ffff", ""), None),
    ],
)
def test_lookup(ids, expected):
    assert lookup(*ids) == expected


@pytest.mark.parametrize(
    ("ids", "kind"),
    [(("2204", ""), "gddr"), (("2330", ""), "hbm"), (("20b2", ""), "hbm"), (("2e12", ""), "unified"), (("1eb8", ""), "gddr")],
)
def test_kind_of_memory(ids, kind):
    found = lookup(*ids)
    assert found is not None
    assert found.kind == kind


@pytest.mark.parametrize(("name", "kind"), [("NVIDIA GeForce RTX 6090", "gddr"), ("NVIDIA R100", "hbm"), ("", "hbm")])
def test_kind_of_a_card_that_is_not_in_the_table(name, kind):
    assert kind_by_name(name) == kind


def test_every_row_says_its_memory_and_nothing_absurd():
    for card in every():
        assert card.memory.startswith(("GDDR", "HBM", "LPDDR")), card
        assert card.vram_gb is None or 2 <= card.vram_gb <= 300, card
        assert card.bandwidth_gb_s is None or 40 <= card.bandwidth_gb_s <= 8000, card

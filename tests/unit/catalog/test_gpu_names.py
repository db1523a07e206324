"""A GPU by the name that people and drivers give it."""

import pytest

from rigprov.catalog.gpu_names import gpu, named, nearest
from rigprov.catalog.gpus import every
from rigprov.errors import UsageError


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("4090", "GeForce RTX 4090"),
        ("rtx-4090", "GeForce RTX 4090"),
        ("RTX4090", "GeForce RTX 4090"),
        ("NVIDIA GeForce RTX 4090", "GeForce RTX 4090"),
        ("4090d", "GeForce RTX 4090 D"),
        ("NVIDIA GeForce RTX 4090 Laptop GPU", "GeForce RTX 4090 Laptop"),
        ("3090 24GB", "GeForce RTX 3090"),
        ("3090ti", "GeForce RTX 3090 Ti"),
        ("4070TiSuper", "GeForce RTX 4070 Ti SUPER"),
        ("4060ti 16 GB", "GeForce RTX 4060 Ti 16GB"),
        ("5060 Ti 16GB", "GeForce RTX 5060 Ti 16GB"),
        ("H100 SXM", "H100 80GB HBM3 (SXM5)"),
        ("NVIDIA H100 80GB HBM3", "H100 80GB HBM3 (SXM5)"),
        ("NVIDIA H100 PCIe", "H100 PCIe"),
        ("NVIDIA A100-SXM4-80GB", "A100-SXM4-80GB"),
        ("a100 sxm 80gb", "A100-SXM4-80GB"),
        ("A100 40GB", "A100-SXM4-40GB"),  # the PCIe card has the same memory
        ("NVIDIA A10G", "A10G"),
        ("L4", "L4"),
        ("L40S", "L40S"),
        ("Tesla T4", "Tesla T4"),
        ("rtx 6000 ada", "RTX 6000 Ada Generation"),
        ("NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition", "RTX PRO 6000 Blackwell Max-Q"),
        ("NVIDIA GH200 480GB", "GH200 480GB (96 GB HBM3)"),
        ("DGX Spark", "GB10 (DGX Spark)"),
    ],
)
def test_one_card(text, name):
    assert gpu(text).name == name


@pytest.mark.parametrize(
    ("text", "message", "part"),
    [
        ("H100", "`H100` can be one of 3 GPUs", "H100 80GB HBM3 (SXM5) (80 GB, 3352 GB/s); H100 PCIe (80 GB, 2039 GB/s)"),
        ("A100 80GB", "`A100 80GB` can be one of 2 GPUs", "A100-SXM4-80GB (80 GB, 2039 GB/s); A100 80GB PCIe (80 GB, 1935 GB/s)"),
        ("4060 Ti", "`4060 Ti` can be one of 2 GPUs", "GeForce RTX 4060 Ti 8GB"),
        ("RTX 6090", "there is no GPU `RTX 6090` in the table", "GeForce RTX 5090"),
        ("4090 Super", "there is no GPU `4090 Super` in the table", "GeForce RTX 4080 SUPER"),
        ("4090 80GB", "there is no GPU `4090 80GB` in the table", "GeForce RTX 4090"),
        ("banana", "there is no GPU `banana` in the table", "--bandwidth"),
        ("rtx", "there is no GPU `rtx` in the table", "--bandwidth"),
        ("", "there is no GPU `` in the table", "--bandwidth"),
        ("((", "there is no GPU `((` in the table", "--bandwidth"),
    ],
)
def test_none_or_several_is_one_sentence_with_names(text, message, part):
    with pytest.raises(UsageError) as refused:
        gpu(text)
    assert str(refused.value) == message
    assert part in (refused.value.hint or "")


@pytest.mark.parametrize("card", [card for card in every() if card.bandwidth_gb_s and card.vram_gb], ids=lambda card: card.name)
def test_every_row_is_found_by_its_own_name(card):
    same = (card.vram_gb, card.bandwidth_gb_s, card.kind)
    assert same in [(found.vram_gb, found.bandwidth_gb_s, found.kind) for found in named(card.name)]


def test_names_near_to_a_typing_error():
    assert "GeForce RTX 4090" in nearest("rtx 409")

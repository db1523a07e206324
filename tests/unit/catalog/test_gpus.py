"""GPUs by PCI id."""

import pytest

from rigprov.catalog.gpus import GpuModel, lookup


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (("2204", "3884"), GpuModel("GeForce RTX 3090", "Ampere", 24.0, 936.2)),
        (("2bb3", "227a"), GpuModel("RTX PRO 5000 Blackwell 72GB", "Blackwell", 72.0, 1344.0)),
        (("2bb3", "0000"), GpuModel("RTX PRO 5000 Blackwell 48GB", "Blackwell", 48.0, 1344.0)),
        (("2d04", ""), GpuModel("GeForce RTX 5060 Ti", "Blackwell", None, None)),  # 8 GB and 16 GB share the id
        (("ffff", ""), None),
    ],
)
def test_lookup(ids, expected):
    assert lookup(*ids) == expected

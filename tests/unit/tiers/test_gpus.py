"""A host's GPUs with what the catalogue knows of them."""

import pytest

from rigprov.model.host import Nvidia, NvidiaGpu
from rigprov.tiers.gpus import Gpu, gpus_of
from tests.unit.plan.hosts import rig


def seen(name, mib, *, mig=False):
    found = gpus_of(rig(nvidia=Nvidia("580", (NvidiaGpu(3, name, "GPU-3", mib, mig),), "580")))
    assert isinstance(found, tuple)
    return found[0]


@pytest.mark.parametrize(
    ("name", "mib", "bandwidth", "memory"),
    [
        ("NVIDIA GeForce RTX 3090", 24576, 936.2, "gddr"),
        ("NVIDIA GeForce RTX 4060 Ti", 16380, 288.0, "gddr"),  # 8 and 16 GB bear one name; the memory settles it
        ("NVIDIA A100-SXM4-80GB", 81920, 2039.0, "hbm"),
        ("NVIDIA H100 80GB HBM3", 81559, 3352.0, "hbm"),
        ("NVIDIA GB10", 0, 273.0, "unified"),
        ("NVIDIA GeForce RTX 9090", 24576, None, "gddr"),
        ("NVIDIA R200", 200000, None, "hbm"),
    ],
)
def test_as_the_driver_names_them(name, mib, bandwidth, memory):
    assert seen(name, mib) == Gpu(name, mib / 1024 if mib else None, 3, bandwidth, memory)


def test_a_slice_has_no_bandwidth():
    assert seen("NVIDIA H100 80GB HBM3", 81559, mig=True).bandwidth_gb_s is None

from dataclasses import replace

import pytest

from rigprov.model.proof import Device, Link, Samples
from rigprov.report.devices import device_lines, extremes, link_text, pcie
from tests.unit.report.cases import RIG, STARTER

BARE = Device(0, "NVIDIA T4")


@pytest.mark.parametrize(
    ("device", "said"),
    [
        (BARE, "GPU 0  NVIDIA T4"),
        (replace(BARE, layers=3), "GPU 0  NVIDIA T4: 3 of 81 layers"),
        (replace(BARE, engine_memory_mib=2048), "GPU 0  NVIDIA T4: 2.0 GiB taken"),
        (replace(BARE, engine_memory_mib=2048, memory_total_mib=15360), "GPU 0  NVIDIA T4: 2.0 GiB of 15.0 GiB taken"),
        (replace(BARE, power_limit_w=70.0, power_default_w=70.0), "GPU 0  NVIDIA T4: limited to 70 W"),
        (replace(BARE, power_limit_w=60.0, power_default_w=70.0), "GPU 0  NVIDIA T4: limited to 60 W (default 70)"),
        (replace(BARE, power_limit_w=60.0), "GPU 0  NVIDIA T4: limited to 60 W"),
    ],
)
def test_what_the_driver_did_not_tell_is_left_out(device, said):
    assert device_lines(replace(RIG, devices=(device,), links=())) == [said]


def test_layers_without_their_number_in_all():
    proof = replace(RIG, devices=(replace(BARE, layers=3),), links=(), layers_total=None)
    assert device_lines(proof) == ["GPU 0  NVIDIA T4: 3 layers"]


@pytest.mark.parametrize(
    ("generation", "width", "said"), [(4, 8, "PCIe 4.0 x8"), (None, 8, "PCIe x8"), (3, None, "PCIe 3.0"), (None, None, "")]
)
def test_pcie(generation, width, said):
    assert pcie(replace(BARE, pcie_generation=generation, pcie_width=width)) == said


def test_extremes_leave_failed_readings_out():
    samples = Samples((0, 1), (None, 900), (), (70.4, None), (None, None))
    assert extremes(samples) == ["clock 900-900 MHz", "up to 70 W"]


def test_links():
    assert link_text(Link(0, 1, "NVLink x4")) == "GPU 0 to GPU 1: NVLink x4"
    assert link_text(Link(0, 1, "through host memory", "no P2P")) == "GPU 0 to GPU 1: through host memory (no P2P)"


def test_a_machine_without_gpus_has_no_lines():
    assert device_lines(STARTER.proof) == []

"""Toolkit, GPU and driver."""

import pytest

from rigprov.catalog.cuda import pair, too_old, unable


@pytest.mark.parametrize(
    ("text", "numbers"), [("12.4", (12, 4)), ("8.6", (8, 6)), ("13", None), ("12.4.1", None), ("", None), ("a.b", None)]
)
def test_pair(text, numbers):
    assert pair(text) == numbers


@pytest.mark.parametrize(
    ("release", "capability", "reason"),
    [
        ("12.4", "8.6", None),
        ("11.5", "8.9", "CUDA 11.5 cannot build for this GPU (compute capability 8.9): CUDA 11.8 is the first"),
        ("12.4", "12.0", "CUDA 12.4 cannot build for this GPU (compute capability 12.0): CUDA 12.8 is the first"),
        ("13.0", "9.0", None),
        ("13.0", "7.5", None),
        ("13.0", "7.0", "CUDA 13.0 no longer builds for this GPU (compute capability 7.0): CUDA 12 is the last that does"),
        ("12.9", "6.1", None),
        ("unknown", "8.6", None),
    ],
)
def test_what_a_toolkit_can_build_for(release, capability, reason):
    assert unable(release, capability) == reason


@pytest.mark.parametrize(
    ("release", "driver", "reason"),
    [
        ("12.4", "550.163.01", None),
        ("12.9", "525.60.13", None),
        ("13.0", "570.153.02", "driver 570.153.02 cannot run programs of CUDA 13.0: they need driver 580 or newer"),
        ("13.0", "580.95.05", None),
        ("99.0", "580.95.05", None),
    ],
)
def test_what_a_driver_can_run(release, driver, reason):
    assert too_old(release, driver) == reason

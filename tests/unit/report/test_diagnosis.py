"""A diagnosis in words: the whole text, character by character."""

from pathlib import Path

import pytest

from rigprov.report.diagnosis import diagnosis_text, headline
from tests.unit.doctor.hosts import diagnosed, line

GOLDEN = Path(__file__).with_name("golden")
CASES = {
    "healthy": diagnosed(),
    "no-gpu": diagnosed("no-gpu"),
    "mismatch": diagnosed(
        libraries=line("libraries").replace("580.95.05", "580.105.08"),
        nvidia_module="580.105.08",
        nvidia_smi=("Failed to initialize NVML: Driver/library version mismatch", "", 18),
        apt_history="Start-Date: 2026-11-20  06:31:12\nCommandline: /usr/bin/unattended-upgrade\n"
        "Upgrade: libnvidia-compute-580:amd64 (580.95.05-0ubuntu1, 580.105.08-0ubuntu1)",
    ),
    "notes": diagnosed(
        ip_forward="0",
        smi_state=line("smi-state").replace("Enabled", "Disabled"),
        kernel_log="[   99.1] NVRM: Xid (PCI:0000:01:00): 31, pid=4, name=python3, MMU Fault",
        container_run=("", "", 4),
    ),
    "several": diagnosed(
        kernel_log="[   99.1] NVRM: Xid (PCI:0000:02:00): 79, GPU has fallen off the bus.",
        nvidia_smi=("Unable to determine the device handle for GPU0000:02:00.0: Unknown Error", "", 255),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_whole_text(name: str) -> None:
    assert diagnosis_text(CASES[name]) == (GOLDEN / f"doctor-{name}.txt").read_text(encoding="utf-8")


def test_what_could_not_be_told_is_no_good_news() -> None:
    assert headline(diagnosed(pci="garbage", cuda_kernel=None)) == "could not tell: PCI bus, CUDA kernel"

"""Known lines of the kernel's log, as journalctl and dmesg print them."""

import re

import pytest

from rigprov.doctor.kernel_lines import TABLE
from rigprov.doctor.kernel_log import hits, slots
from rigprov.doctor.xid import KNOWN, events

# One line for each row of the table.
EXAMPLES = {
    "open-modules-required": "NVRM: installed in this system requires use of the NVIDIA open kernel modules.",
    "legacy-branch-required": "NVRM:  supported through the NVIDIA 470.xx Legacy drivers. Please",
    "no-gsp": "NVRM: installed in this system is not supported by open",
    "open-modules-too-early": "NVRM: Open nvidia.ko is only ready for use on Data Center GPUs.",
    "driver-too-old": "NVRM: in this system is not supported by the 280.13 NVIDIA Linux",
    "other-driver-holds-gpu": "NVRM: The NVIDIA probe routine was not called for 3 device(s).",
    "secure-boot-rejects": "nvidia: loading of unsigned module is rejected",
    "lockdown": "Lockdown: modprobe: unsigned module loading is restricted; see man kernel_lockdown.7",
    "module-of-another-kernel": "nvidia: version magic '6.8.0-45-generic SMP' should be '6.8.0-57-generic SMP'",
    "gsp-firmware-missing": "nvidia 0000:01:00.0: Direct firmware load for nvidia/580.95.05/gsp_ga10x.bin failed with error -2",
    "bar-invalid": "NVRM: This PCI I/O region assigned to your NVIDIA device is invalid:",
    "off-the-bus": "NVRM: (PCI ID: 10de:26b5) installed in this system has",
    "gsp-boot": "NVRM: RmInitAdapter: Cannot initialize GSP firmware RM",
    "adapter-init": "NVRM: GPU 0000:13:00.0: RmInitAdapter failed! (0x26:0x56:1463)",
    "bus-errors": "pcieport 0000:00:01.0: AER: Uncorrectable (Fatal) error message received from 0000:01:00.0",
}


def test_every_row_has_an_example_and_a_source() -> None:
    assert [known.code for known in TABLE] == list(EXAMPLES)
    assert [known.code for known in TABLE if not (known.source and known.fix and known.what)] == []


@pytest.mark.parametrize("known", TABLE, ids=lambda known: known.code)
def test_each_line_is_known_by_its_row_first(known) -> None:
    found = hits([f"[    7.1] {EXAMPLES[known.code]}"], known.layer)

    assert found[0].finding.code == known.code
    assert "{0}" not in found[0].finding.what + found[0].finding.fix


@pytest.mark.parametrize("number", ["470", "580"])
def test_what_a_line_names_stands_in_the_advice(number) -> None:
    (hit,) = hits([f"NVRM:  supported through the NVIDIA {number}.xx Legacy drivers. Please"], "module")
    assert f"branch {number} is the last" in hit.finding.what
    assert f"install branch {number}" in hit.finding.fix


def test_harmless_lines_are_not_taken_for_faults() -> None:
    log = [
        "nvidia: module verification failed: signature and/or required key missing - tainting kernel",
        "nvidia-nvlink: Nvlink Core is being initialized, major device number 510",
        "pci 0000:01:00.0: BAR 1 [mem 0x6000000000-0x67ffffffff 64bit pref]: assigned",
        "NVRM: loading NVIDIA UNIX Open Kernel Module for x86_64  580.95.05",
    ]
    assert [hits(log, layer) for layer in ("pci", "module")] == [[], []]
    assert events(log) == []


def test_addresses() -> None:
    log = ["NVRM: GPU 00000000:0A:00.0: x (0x25:0x56:894)", "(PCI ID: 10de:2b85)", "Nov 20 08:15:00 2026-11-20", "0002:00:00.0"]
    assert slots(log) == {"0000:0a:00", "0002:00:00"}


def test_xids_are_counted_by_number_and_gpu() -> None:
    log = [
        "[1.0] NVRM: Xid (PCI:0000:0A:00): 13, pid=1, name=a, Graphics Exception",
        "[2.0] NVRM: Xid (PCI:0000:0a:00): 13, pid=2, name=b, Graphics Exception",
        "[3.0] NVRM: Xid (PCI:0000:41:00): 13, pid=2, name=b, Graphics Exception",
        "[4.0] NVRM: Xid (0000:41:00): 9999, as older drivers write it",
    ]
    found = events(log)

    assert [(one.number, one.slot, one.count) for one in found] == [
        (13, "0000:0a:00", 2),
        (13, "0000:41:00", 1),
        (9999, "0000:41:00", 1),
    ]
    assert found[0].finding.what.endswith("(Xid 13, 2 times)")
    assert "name=b" in found[0].line
    assert "catalogue" in found[2].finding.fix


def test_the_table_of_xids_is_in_order_and_complete() -> None:
    assert list(KNOWN) == sorted(KNOWN)
    assert [number for number, known in KNOWN.items() if not (known.what and known.fix) or re.search(r"\.$", known.what)] == []

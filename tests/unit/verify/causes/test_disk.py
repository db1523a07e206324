"""Warnings from what was seen of the disk."""

from dataclasses import replace
from typing import Any

import pytest

from rigprov.verify.causes.situation import situation
from rigprov.verify.causes.table import causes, hints, warnings
from rigprov.verify.judge import judge
from tests.unit.verify.cases import BENCHMARK, evidence
from tests.unit.verify.disk_cases import nvme, port, sata, seen, usb, virtual

LARGE = replace(BENCHMARK, size_bytes=19_000_000_000)
NVME = "nvme0n1 (Samsung SSD 990 PRO 2TB)"
SSD = sata(rotational="0", rpm=1, model="ATA Samsung SSD 870")
CRYPT = [{"name": "dm-0", "kind": "CRYPT", "members": 1}]
UNSTEADY = {"method": "direct", "gb_s": 1.0, "stretches_gb_s": [0.2, 2.1], "bytes": 10**9, "seconds": 1.0}


@pytest.mark.parametrize(
    ("document", "code", "said", "fix"),
    [
        (
            seen(0.16, sata()),
            "disk-spinning",
            "the model lies on a spinning disk, sda (ATA ST4000DM004-2CV1), 5425 revolutions a minute, "
            "and is read at 0.16 GB/s: at least 119 s for each load",
            "--set models.path=DIRECTORY",
        ),
        (
            seen(None, sata()),
            "disk-spinning",
            "the model lies on a spinning disk, sda (ATA ST4000DM004-2CV1), 5425 revolutions",
            "NVMe",
        ),
        (seen(0.1, usb()), "disk-spinning", "the model lies on a spinning disk, sdb (JMicron Tech), and is read", "NVMe"),
        (
            seen(1.7, nvme(port("16.0", 2, "16.0", 4), port("16.0", 2, "16.0", 2))),
            "disk-link-width",
            f"NVMe {NVME} runs on 2 of its 4 PCIe lanes (3.9 GB/s at most): its slot has no more than 2",
            "move it to a slot with 4 lanes",
        ),
        (
            seen(1.7, nvme(port("16.0", 2, "16.0", 4), port("16.0", 2, "16.0", 16))),
            "disk-link-width",
            f"NVMe {NVME} runs on 2 of its 4 PCIe lanes (3.9 GB/s at most)",
            "seat it again",
        ),
        (
            seen(3.4, nvme(port("8.0", 4, "16.0", 4), port("8.0", 4, "8.0", 4))),
            "disk-link-generation",
            f"NVMe {NVME} runs at PCIe 3.0, it could do 4.0 (3.9 GB/s at most): its slot does 3.0",
            "move it to a faster slot",
        ),
        (
            seen(3.4, nvme(port("8.0", 4, "16.0", 4), port("8.0", 4, "16.0", 4))),
            "disk-link-generation",
            f"NVMe {NVME} runs at PCIe 3.0, it could do 4.0 (3.9 GB/s at most)",
            "set the slot to its full generation",
        ),
        (
            seen(2.0, nvme()),
            "disk-below-link",
            "the model is read at 2.00 GB/s, 25 % of what PCIe 4.0 x4 lets pass; likely: heat, wear, "
            "a disk without memory of its own, or other load",
            "smartctl",
        ),
        (seen(2.0, nvme(), read=UNSTEADY), "disk-below-link", "likely: something else uses it", "iotop"),
        (seen(0.9, nvme(), layers=CRYPT), "disk-below-link", "likely: decryption", "cryptsetup benchmark"),
        (
            seen(0.15, usb(rotational="0")),
            "disk-below-link",
            "30 % of what USB 5 Gbit/s lets pass; likely: the USB connection",
            "NVMe",
        ),
        (seen(0.05, usb("480", rotational="0")), "disk-slow", "read at 0.05 GB/s, no faster than from a hard disk", "NVMe"),
        (seen(0.13, virtual()), "disk-slow", "likely: the hypervisor's limit for this disk", "another one"),
        (
            seen(0.12, nvme(model="Amazon Elastic Block Store")),
            "disk-slow",
            "likely: the cloud's limit for this volume",
            "throughput",
        ),
        (seen(0.11, file_system="nfs4"), "disk-slow", "likely: it comes over a network (nfs4)", "local NVMe"),
    ],
)
def test_warnings(document: dict[str, Any], code: str, said: str, fix: str) -> None:
    (found,) = warnings(situation(LARGE, evidence(raw={"disk": document})))
    assert found.code == code
    assert said in found.what
    assert fix in found.fix


@pytest.mark.parametrize(
    "document",
    [
        None,
        seen(6.9, nvme()),
        seen(3.4, nvme()),  # 0.43 of the link: a cheap one
        seen(7.0, nvme(port("16.0", 4, "32.0", 4))),  # an older generation that is fast enough
        seen(0.53, SSD),
        seen(0.45, usb()),  # called rotational, but no hard disk reads that
        seen(0.9, virtual()),
        seen(0.4, nvme(model="QEMU NVMe Ctrl", pci=[port("2.5", 1, "16.0", 32)])),
        seen(None, nvme()),
        seen(None, virtual(), cached=0.9),
    ],
)
def test_nothing_to_warn_of(document: dict[str, Any] | None) -> None:
    assert warnings(situation(LARGE, evidence(raw={"disk": document}, load_s=5.0))) == ()


@pytest.mark.parametrize(
    ("load_s", "size", "cached", "said"),
    [
        (100.0, 19e9, 0.0, ["loading took 100 s, 0.19 GB/s from the disk"]),
        (100.0, 19e9, 0.9, []),  # the disk had no part in it
        (100.0, 19e9, None, []),
        (40.0, 19e9, 0.0, []),
        (None, 19e9, None, []),
        (30.0, 1e9, 0.0, []),  # so small that the engine's own start counts
    ],
)
def test_a_load_that_took_long(load_s: float | None, size: float, cached: float | None, said: list[str]) -> None:
    known = evidence(load_s=load_s, raw={"disk": seen(None, virtual(), cached=cached)})
    assert [one.what for one in warnings(situation(replace(BENCHMARK, size_bytes=int(size)), known))] == said


def test_several_at_once() -> None:
    slow = seen(0.3, nvme(port("8.0", 2, "16.0", 4), port("8.0", 2, "8.0", 2)))
    found = [one.code for one in warnings(situation(LARGE, evidence(raw={"disk": slow})))]
    assert found == ["disk-link-width", "disk-link-generation", "disk-below-link"]


def test_a_slow_disk_is_no_verdict() -> None:
    raw = {"disk": seen(0.1, sata())}
    proof = judge("web1", BENCHMARK, evidence(raw=raw))
    assert (proof.verdict, proof.causes, [one.code for one in proof.warnings]) == ("pass", (), ["disk-spinning"])
    assert proof.disk is not None
    assert not any("disk" in note for note in proof.notes)
    now = situation(BENCHMARK, evidence(1.0, raw=raw))
    assert causes(now, slow=True) == causes(situation(BENCHMARK, evidence(1.0)), slow=True)
    assert hints(now) == ()

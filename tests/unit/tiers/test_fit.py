"""Does a host have what a tier needs; what real hardware reports is enough."""

import pytest

from rigprov.model.host import Kernel, Memory, Nvidia, PciDevice, Virtualisation
from rigprov.tiers import ADVANCED, INTERMEDIATE, STARTER
from rigprov.tiers.fit import Gpu, fits, gpus_of, judge, mount_of
from tests.unit.plan.disks import root_disk
from tests.unit.plan.hosts import METAL, RTX_3090, blank_disk, container, driver, mount, rig, unread


def card(device, subsystem="0000", class_id="0300", vendor="10de"):
    return PciDevice("0000:01:00.0", vendor, device, class_id, "1043", subsystem, None)


def finding(facts, tier, need):
    return next((found.state, found.message) for found in judge(facts, tier) if found.need == need)


@pytest.mark.parametrize(
    ("mib", "tier", "state"),
    [
        (64102, INTERMEDIATE, "met"),  # "64 GB" reads 62.6 GiB
        (60300, INTERMEDIATE, "met"),
        (48000, INTERMEDIATE, "missed"),
        (3790, STARTER, "met"),  # a Raspberry Pi 4 with 4 GB
        (1900, STARTER, "missed"),
    ],
)
def test_ram_as_reported(mib, tier, state):
    assert finding(rig(memory=Memory(mib, mib)), tier, "ram")[0] == state


@pytest.mark.parametrize(
    ("gpus", "state"),
    [
        ((24576,), "met"),  # RTX 3090
        ((24564,), "met"),  # RTX 4090
        ((23028,), "met"),  # A10G with ECC
        ((16380,), "missed"),
        ((81559,), "met"),
        ((16380, 24576), "met"),
        ((), "missed"),
    ],
)
def test_vram_as_the_driver_reports_it(gpus, state):
    assert finding(rig(nvidia=driver(*gpus)), INTERMEDIATE, "gpu")[0] == state


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (rig(pci=(RTX_3090,)), ("met", "needs 1 GPU with 24 GiB of VRAM, has GeForce RTX 3090 (24.0 GiB)")),
        (rig(pci=(card("1b80"),)), ("missed", "needs 1 GPU with 24 GiB of VRAM, has GeForce GTX 1080 (8.0 GiB)")),
        (
            rig(pci=(card("ffff"),)),
            (
                "unknown",
                "needs 1 GPU with 24 GiB of VRAM, has NVIDIA device 10de:ffff (VRAM unknown); how much only the driver can tell",
            ),
        ),
        (
            rig(pci=(card("2d04"),)),
            (
                "unknown",
                "needs 1 GPU with 24 GiB of VRAM, has GeForce RTX 5060 Ti (VRAM unknown); how much only the driver can tell",
            ),
        ),
        (rig(pci=(card("2204", class_id="0403"),)), ("missed", "needs 1 GPU with 24 GiB of VRAM, has none")),
        (rig(pci=(card("744c", vendor="1002"),)), ("missed", "needs 1 GPU with 24 GiB of VRAM, has none")),
        (
            rig(pci=unread("no sysfs")),
            ("unknown", "needs 1 GPU with 24 GiB of VRAM, and which it has could not be read: no sysfs"),
        ),
        (
            rig(pci=(RTX_3090,), nvidia=Nvidia(None, unread("No devices were found"), None)),
            ("met", "needs 1 GPU with 24 GiB of VRAM, has GeForce RTX 3090 (24.0 GiB)"),
        ),
        (container(pci=(RTX_3090,)), ("missed", "needs 1 GPU with 24 GiB of VRAM, has none")),
        (
            container(pci=(RTX_3090,), nvidia=driver(24576)),
            ("met", "needs 1 GPU with 24 GiB of VRAM, has NVIDIA GeForce RTX 3090 (24.0 GiB)"),
        ),
        (
            container(nvidia=Nvidia(None, unread("NVML failed"), None)),
            ("unknown", "needs 1 GPU with 24 GiB of VRAM, and which it has could not be read: NVML failed"),
        ),
    ],
)
def test_gpus_before_a_driver_and_in_containers(facts, expected):
    assert finding(facts, INTERMEDIATE, "gpu") == expected


def test_a_variant_by_its_subsystem():
    found = gpus_of(rig(pci=(card("1e30"), card("1e30", "129e"))))
    assert found == (Gpu("Quadro RTX 6000", 24.0, None, 672.0), Gpu("Quadro RTX 8000", 48.0, None, 672.0))


def test_two_gpus_are_two():
    one, two = rig(nvidia=driver(24576)), rig(nvidia=driver(24576, 24576))
    assert finding(one, ADVANCED, "gpu") == (
        "missed",
        "needs 2 GPUs with 24 GiB of VRAM each, or one with 72 GiB, has NVIDIA GeForce RTX 3090 (24.0 GiB)",
    )
    assert finding(two, ADVANCED, "gpu")[0] == "met"


@pytest.mark.parametrize(
    ("gpus", "state"),
    [
        ((81559,), "met"),  # H100 80 GB
        ((73728,), "met"),
        ((71000,), "met"),  # "72 GB", less what the driver keeps
        ((49140,), "missed"),  # A6000
        ((24576, 24576), "met"),
        ((24576, 16380), "missed"),
        ((81559, 2048), "met"),
        ((0,), "unknown"),
        ((24576, 0), "unknown"),
    ],
)
def test_one_large_gpu_does_for_two(gpus, state):
    assert finding(rig(nvidia=driver(*gpus)), ADVANCED, "gpu")[0] == state


H100 = driver(81559, name="NVIDIA H100 80GB HBM3")


@pytest.mark.parametrize(
    ("facts", "need", "expected"),
    [
        (
            container(nvidia=H100, memory=Memory(32000, 30000)),
            "ram",
            (
                "scant",
                "needs 64 GiB of RAM, has 31.2 GiB; enough in a container whose models lie in VRAM (8 GiB are needed)",
            ),
        ),
        (container(nvidia=H100, memory=Memory(7900, 7000)), "ram", ("scant", None)),
        (container(nvidia=H100, memory=Memory(6000, 5000)), "ram", ("missed", "needs 64 GiB of RAM, has 5.9 GiB")),
        (container(memory=Memory(32000, 30000)), "ram", ("missed", "needs 64 GiB of RAM, has 31.2 GiB")),  # no GPU
        (rig(nvidia=H100, memory=Memory(32000, 30000)), "ram", ("missed", "needs 64 GiB of RAM, has 31.2 GiB")),
        (
            container(nvidia=H100, mounts=(mount(size=60, free=59),)),
            "disk",
            (
                "scant",
                "needs 500 GB of disk for /srv/models, / has 60.0 GiB; "
                "enough in a container for Llama 3.3 70B Instruct (41.6 GiB)",
            ),
        ),
        (
            container(nvidia=H100, mounts=(mount(size=40),)),
            "disk",
            ("missed", "needs 500 GB of disk for /srv/models, / has 40.0 GiB"),
        ),
        (rig(nvidia=H100, mounts=(mount(size=60),)), "disk", ("missed", "needs 500 GB of disk for /srv/models, / has 60.0 GiB")),
    ],
)
def test_a_container_is_judged_by_its_model(facts, need, expected):
    state, message = finding(facts, ADVANCED, need)
    assert (state, message if expected[1] else None) == expected


def test_a_small_container_with_the_gpu_fits():
    facts = container(nvidia=H100, memory=Memory(32000, 30000), mounts=(mount(size=60),))
    assert fits(judge(facts, ADVANCED)) is True


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (rig(mounts=(mount(size=457),)), ("met", "needs 500 GB of disk for /srv/models, / has 457.0 GiB")),
        (rig(mounts=(mount(size=230),)), ("missed", "needs 500 GB of disk for /srv/models, / has 230.0 GiB")),
        (
            rig(mounts=(mount(size=100), mount("/srv", size=900))),
            ("met", "needs 500 GB of disk for /srv/models, /srv has 900.0 GiB"),
        ),
        (
            rig(mounts=(mount(size=100),), disks=(root_disk(), blank_disk())),
            ("missed", "needs 500 GB of disk for /srv/models, / has 100.0 GiB"),
        ),
        (rig(mounts=unread("no findmnt")), ("unknown", "needs 500 GB of disk, and the mounts could not be read: no findmnt")),
    ],
)
def test_disk_as_sold(facts, expected):
    assert finding(facts, INTERMEDIATE, "disk") == expected


@pytest.mark.parametrize(
    ("change", "blank"),
    [
        ({}, True),
        ({"signatures": ("ext4",)}, False),
        ({"signatures": unread("not permitted")}, False),
        ({"children": ("nvme1n1p1",)}, False),
        ({"mountpoints": ("/data",)}, False),
        ({"holders": ("md0",)}, False),
        ({"read_only": True}, False),
        ({"removable": True}, False),
        ({"type": "loop"}, False),
        ({"size_bytes": 100 * 10**9}, False),
    ],
)
def test_a_disk_is_blank_only_when_everything_says_so(change, blank):
    from dataclasses import replace

    facts = rig(mounts=(mount(size=100),), disks=(root_disk(), replace(blank_disk(), **change)))
    fix = next(found.fix for found in judge(facts, INTERMEDIATE) if found.need == "disk")
    assert ("--format" in fix) is blank


@pytest.mark.parametrize(
    ("machine", "state"), [("x86_64", "met"), ("aarch64", "met"), ("armv7l", "missed"), ("riscv64", "missed")]
)
def test_machine(machine, state):
    assert finding(rig(kernel=Kernel("6", "", machine, "")), STARTER, "machine")[0] == state


@pytest.mark.parametrize(
    ("facts", "tier", "verdict"),
    [
        (rig(), STARTER, True),
        (rig(), INTERMEDIATE, False),
        (rig(memory=Memory(64102, 1), pci=(card("2d04"),)), INTERMEDIATE, None),
    ],
)
def test_verdict(facts, tier, verdict):
    assert fits(judge(facts, tier)) is verdict


@pytest.mark.parametrize(
    ("path", "target"), [("/srv/models", "/srv"), ("/srv", "/srv"), ("/srvx", "/"), ("/", "/"), ("relative", None)]
)
def test_mount_of(path, target):
    found = mount_of(path, (mount(), mount("/srv")))
    assert (found.target if found else None) == target


def test_virtual_machine_is_told_to_pass_a_gpu_through():
    facts = rig(virtualisation=Virtualisation(None, "kvm", False, "systemd", True, None, True))
    fix = next(found.fix for found in judge(facts, INTERMEDIATE) if found.need == "gpu")
    assert fix == "put one in, pass one through to this virtual machine, or take the tier starter"
    assert METAL.hypervisor is None

"""Drivers as machines really have them: what is taken for one that works, and for whose."""

from dataclasses import replace

import pytest

from rigprov.facts.parse.gpu import nvidia as parsed
from rigprov.model.host import InstalledKernel, Missing, ModuleFile, Nvidia, NvidiaGpu, Offer, Package, PciDevice
from rigprov.plan.driver import offered, present
from rigprov.plan.driver.decide import decide
from rigprov.tiers import INTERMEDIATE
from rigprov.tiers.gpus import gpus_of
from tests.unit.plan.driver import rows
from tests.unit.plan.hosts import case

ROW = dict.fromkeys(("apt", "set", "consent"), "") | {"gpus": "2204", "os": "noble", "place": "vm", "secure_boot": "off"}
WORKS = ROW | {"kernel": "6.8.0-52-generic", "driver": "works ubuntu 580.95.05 open"}
SILENT = Missing("`nvidia-smi` failed (exit status 9): couldn't communicate with the NVIDIA driver")


def decided(facts, **consent):
    return decide(case(facts, tier=INTERMEDIATE, **consent)).decision


def packages(version, *names, origin=None):
    return tuple(Package(name, version, "ii", False, origin) for name in names)


def bound(device, driver, number):
    return PciDevice(f"0000:{number:02x}:00.0", "10de", device, "0300", "1043", "0000", driver)


def test_a_gpu_that_shares_the_cpus_memory_is_a_driver_that_works():
    said = parsed("580.95.05", "0, NVIDIA GB10, GPU-2, [N/A], [N/A], 580.95.05")
    facts = replace(rows.facts({**WORKS, "gpus": "2e12", "kernel": "6.14.0-1013-nvidia"}), nvidia=said)
    assert present.find(facts).state == "works"
    assert decided(facts).values["nvidia_driver_source"].value == "adopt"


TESLA = ("nvidia-tesla-470-driver", "libnvidia-tesla-470-cuda1", "nvidia-tesla-470-kernel-dkms")


@pytest.mark.parametrize(("os", "version"), [("bookworm", "470.256.02-1~deb12u1"), ("trixie", "535.247.01-1")])
def test_debians_further_editions_are_debians(os, version):
    names = [name.replace("470", version[:3]) for name in TESLA]
    facts = replace(
        rows.facts({**ROW, "os": os, "kernel": "6.1.0-28-amd64", "driver": ""}),
        packages=packages(version, *names),
        nvidia=Nvidia(None, SILENT, None),
    )
    found = present.find(facts)
    assert (found.origins, found.branch, found.by_dkms) == (("debian",), int(version[:3]), True)
    (blocker,) = decided(facts).blockers
    assert blocker.code == "driver-conflicts"
    assert all(name in blocker.fix for name in names)
    assert decided(facts, remove_conflicts=True).values["nvidia_driver_source"].value == "debian"


@pytest.mark.parametrize(
    ("modules", "by_dkms"),
    [
        (("linux-modules-nvidia-580-server-open-generic", "linux-modules-nvidia-580-server-open-6.8.0-52-generic"), False),
        (("nvidia-dkms-580-server-open",), True),
    ],
)
def test_what_does_not_answer_keeps_the_kind_of_its_modules(modules, by_dkms):
    """Before the reboot that its first run asked for, for example; the name `headless-no-dkms` speaks of DKMS as well."""
    names = ("nvidia-headless-no-dkms-580-server-open", "nvidia-utils-580-server", "libnvidia-compute-580-server", *modules)
    there = packages("580.159.04-0ubuntu0.24.04.1", *names, origin="Ubuntu")
    bare = rows.facts({**ROW, "kernel": "6.8.0-52-generic", "driver": "", "apt": "580 595"})
    facts = replace(bare, packages=there, nvidia=Nvidia(None, SILENT, None))
    assert present.find(facts).by_dkms is by_dkms
    made = decided(facts)
    assert made.blockers == ()
    assert made.values["nvidia_driver_modules"].value == ("dkms" if by_dkms else "prebuilt")


def test_a_package_for_two_architectures_is_named_once():
    facts = rows.facts({**WORKS, "driver": "broken ubuntu 580.95.05 open"})
    assert isinstance(facts.packages, tuple)
    twice = replace(facts, packages=(*facts.packages, facts.packages[0]))
    assert present.find(twice).packages == present.find(facts).packages


def test_nvidias_assistant_is_no_driver():
    facts = replace(rows.facts({**WORKS, "driver": ""}), packages=packages("0.40.44.05-1", "nvidia-driver-assistant"))
    assert present.find(facts).state == "none"


@pytest.mark.parametrize("works", [True, False])
def test_f01_libraries_by_packages_under_a_module_by_the_run_installer(works):
    gpu = NvidiaGpu(0, "NVIDIA GeForce RTX 3090", "GPU-0", 24576, mig=False)
    mismatch = Missing("`nvidia-smi` failed (exit status 18): Failed to initialize NVML: Driver/library version mismatch")
    facts = replace(
        rows.facts({**WORKS, "driver": ""}),
        packages=packages("535.288.01-0ubuntu0.24.04.1", "libnvidia-compute-535", origin="Ubuntu"),
        nvidia=Nvidia("580.95.05", (gpu,) if works else mismatch, "580.95.05" if works else None),
        module_file=ModuleFile("580.95.05", open=False, signer=""),
    )
    assert present.find(facts).origins == ("runfile", "ubuntu")
    made = decided(facts)
    if works:
        assert made.values["nvidia_driver_branch"].value == "580"
        assert "come from NVIDIA's .run installer and Ubuntu's archive" in made.warnings[-1]
    else:  # no reboot brings these together
        (blocker,) = made.blockers
        assert blocker.code == "driver-mixed-sources"
        assert "nvidia-uninstall" in blocker.fix


def test_a_driver_that_shows_fewer_gpus_than_the_bus_has():
    facts = rows.facts({**WORKS, "gpus": "2204 1b06", "driver": "works ubuntu 595.91.07 open"})
    assert [text for text in decided(facts).warnings if "shows 1 of 2" in text and "no longer drives GeForce GTX 1080 Ti" in text]
    assert [text for text in decided(rows.facts({**WORKS, "gpus": "2204 2204"})).warnings if "rigprov doctor" in text]
    assert decided(rows.facts(WORKS)).warnings == ()


def test_f12_the_next_kernel_has_no_module():
    kernels = (
        InstalledKernel("6.8.0-52-generic", image=True, headers=False, modules=("kernel/nvidia-580-open/nvidia.ko",)),
        InstalledKernel("6.8.0-60-generic", image=True, headers=False),
    )
    facts = replace(rows.facts(WORKS), kernels=kernels)
    assert [text for text in decided(facts).warnings if text.startswith("kernel 6.8.0-60-generic")]
    whole = replace(kernels[1], modules=kernels[0].modules)
    assert decided(replace(facts, kernels=(kernels[0], whole))).warnings == ()


@pytest.mark.parametrize(
    ("cards", "blocker", "flavour"),
    [
        ((("2204", None), ("1b06", "vfio-pci")), [], "open"),
        ((("2b85", None), ("1b06", "vfio-pci")), [], "open"),
        ((("2204", "vfio-pci"), ("2204", "vfio-pci")), ["gpu-passed-on"], "open"),
    ],
)
def test_cards_of_virtual_machines_are_left_to_them(cards, blocker, flavour):
    devices = tuple(bound(device, driver, number) for number, (device, driver) in enumerate(cards))
    facts = replace(rows.facts({**WORKS, "driver": ""}), pci=devices)
    made = decided(facts)
    assert [each.code for each in made.blockers] == blocker
    assert made.values["nvidia_driver_flavour"].value == flavour
    assert bool(blocker) != any("0000:01:00.0 is kept for a virtual machine" in text for text in made.warnings)
    counted = gpus_of(facts)
    assert isinstance(counted, tuple)
    assert len(counted) == (2 if blocker else 1)


def test_the_fabric_manager_stays_at_the_drivers_version():
    fresh = rows.facts({**WORKS, "driver": "", "gpus": "2330 2330+sw"})
    values = decided(fresh).values
    assert values["nvidia_driver_fabric_manager"].value == "nvidia-fabricmanager-580"
    assert "nvidia-fabricmanager-580" in values["nvidia_driver_hold"].value
    here = rows.facts({**WORKS, "gpus": "2330 2330+sw"})
    assert [text for text in decided(here).warnings if "no fabric manager is installed" in text]
    assert isinstance(here.packages, tuple)
    joined = replace(here, packages=(*here.packages, *packages("580.95.05-1", "nvidia-fabricmanager-580", "libnvidia-nscq-580")))
    assert decided(joined).values["nvidia_driver_hold"].value[-2:] == ["nvidia-fabricmanager-580", "libnvidia-nscq-580"]
    assert not [text for text in decided(joined).warnings if "fabric manager" in text]


@pytest.mark.parametrize("apt", ["615", "580 595 615"])
def test_switches_without_their_fabric_manager_are_told(apt):
    row = {**WORKS, "driver": "", "gpus": "2330+sw" if apt == "615" else "2901 2901", "apt": apt}
    assert [text for text in decided(rows.facts(row)).warnings if "error 802" in text]


@pytest.mark.parametrize(
    ("origin", "source"),
    [
        ("Ubuntu", "ubuntu"),
        ("http://mirror.example/ubuntu", "ubuntu"),
        ("NVIDIA", "nvidia"),
        ("https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2404/x86_64", "nvidia"),
        ("file:/var/cuda-repo-ubuntu2404-12-4-local", "nvidia"),
        ("LP-PPA-graphics-drivers", "ppa"),
    ],
)
def test_whose_packages_they_are(origin, source):
    facts = replace(
        rows.facts({**WORKS, "driver": ""}), packages=packages("550.54.14-0ubuntu1", "cuda-drivers-550", origin=origin)
    )
    assert present.find(facts).origins == (source,)
    offer = replace(facts, offers=(Offer("nvidia-driver-550", "550.54.14-0ubuntu1", origin),))
    assert bool(offered.from_ubuntu(offer)) == (source == "ubuntu")


def test_f06_which_packages_are_whose_is_told():
    (blocker,) = decided(rows.facts({**WORKS, "driver": "broken ubuntu+nvidia 580.95.05 open"})).blockers
    assert "`apt-get remove libnvidia-compute` takes out what came from NVIDIA's repository" in blocker.fix
    assert "`apt-get remove libnvidia-compute-580 nvidia-driver-580-open` takes out what came from Ubuntu's" in blocker.fix

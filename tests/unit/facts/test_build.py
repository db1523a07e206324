"""Whole machines: from a recording to facts."""

import shutil
from pathlib import Path

import pytest

from rigprov.errors import UsageError
from rigprov.facts.build import host_facts
from rigprov.facts.recording import read
from rigprov.model.host import Cpu, Docker, Memory, Missing, Nvidia, NvidiaGpu, Package, Privilege, SwapArea, Virtualisation
from tests.unit.facts.rigs import FOLDER, RIGS, facts, rig

NO_ROOT = ("user=ops\nhow=none\nwhy=sudo asks for a password", "", 0)


def kind(
    container: str | None, hypervisor: str | None, init: str, provider: str | None, *, can: bool, wsl: bool = False
) -> Virtualisation:
    return Virtualisation(container, hypervisor, wsl, init, init == "systemd", provider, can)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("desktop-3090", kind(None, None, "systemd", None, can=True)),
        ("dual-3090", kind(None, None, "systemd", None, can=True)),
        ("runpod", kind("docker", None, "start.sh", "runpod", can=False)),
        ("vast", kind("docker", None, "bash", "vast", can=False)),
        ("wsl2", kind(None, "microsoft", "systemd", None, can=True, wsl=True)),
        ("aws-g5", kind(None, "amazon", "systemd", "aws", can=True)),
        ("raspberry-pi-5", kind(None, None, "systemd", None, can=True)),
        ("nspawn", kind("systemd-nspawn", "kvm", "systemd", None, can=True)),
        ("container-no-systemd", kind("docker", "kvm", "sh", None, can=True)),
    ],
)
def test_kind_of_machine(name: str, expected: Virtualisation) -> None:
    assert facts(name).virtualisation == expected


@pytest.mark.parametrize(
    ("name", "cores", "threads", "memory"),
    [
        ("desktop-3090", 12, 24, Memory(64108, 59573)),  # sold as 64 GB
        ("runpod", 16, 16, Memory(63488, 63488)),  # a slice of a machine with 256 threads and 1 TiB
        ("vast", 12, 12, Memory(32768, 32768)),
        ("raspberry-pi-5", 4, 4, Memory(8063, 7425)),
        ("aws-g5", 2, 4, Memory(15692, 14847)),
    ],
)
def test_processor_and_memory(name: str, cores: int, threads: int, memory: Memory) -> None:
    found = facts(name)
    assert (found.cpu.physical_cores, found.cpu.logical_cpus, found.memory) == (cores, threads, memory)


def test_raspberry_pi() -> None:
    found = facts("raspberry-pi-5")
    assert found.cpu == Cpu("Arm Cortex-A76", 4, 4, ("asimd",), 2 * 1024**2)
    assert (found.kernel.flavour, found.kernel.machine, found.extra["board"]) == (
        "rpi",
        "aarch64",
        "Raspberry Pi 5 Model B Rev 1.0",
    )
    assert found.swaps == (SwapArea("/var/swap", "file", 511, 0, -2),)


def test_card_before_any_driver() -> None:
    found = facts("desktop-3090")
    assert not isinstance(found.pci, Missing)
    cards = [(device.address, device.device, device.driver) for device in found.pci if device.class_id == "0300"]
    assert (cards, found.nvidia, found.secure_boot) == ([("0000:0b:00.0", "2204", "nouveau")], None, True)
    assert found.fstab_swaps == ("/swapfile",)


def test_driver_and_docker() -> None:
    found = facts("dual-3090")
    name = "NVIDIA GeForce RTX 3090"
    first, second = ("GPU-00000000-0000-0000-0000-00000000000a", "GPU-00000000-0000-0000-0000-00000000000b")
    gpus = (NvidiaGpu(0, name, first, 24576, mig=False), NvidiaGpu(1, name, second, 24576, mig=False))
    assert found.nvidia == Nvidia("580.95.05", gpus, "580.95.05")
    config = {"data-root": "/var/lib/docker", "registry-mirrors": ["https://registry.example"]}
    root = "/var/lib/containerd"
    expected = Docker(
        "29.1.3",
        running=True,
        data_root="/var/lib/docker",
        snapshotter=True,
        containerd_root=root,
        daemon_json=config,
        snap=False,
    )
    assert found.docker == expected
    assert not isinstance(found.packages, Missing)
    by_name = {package.name: package for package in found.packages}
    assert by_name["docker-ce"] == Package("docker-ce", "5:29.1.3-1~ubuntu.22.04~jammy", "ii", hold=False, origin="Docker")
    assert (by_name["nvidia-driver-580-server"].hold, by_name["nvidia-driver-580-server"].origin) == (True, "Ubuntu")
    assert found.apt_lock_holder == "unattended-upgr (process 4242)"
    assert found.reboot_required == ("linux-image-6.8.0-53-generic", "linux-base")


def test_broken_driver_is_told_in_its_own_words() -> None:
    found = facts("broken-driver")
    assert isinstance(found.nvidia, Nvidia)
    assert isinstance(found.nvidia.gpus, Missing)
    start = "`nvidia-smi` failed (exit status 9): NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver"
    assert found.nvidia.gpus.reason.startswith(start)
    assert found.extra["dpkg_audit"].endswith("nvidia-dkms-580-server NVIDIA DKMS package")


def test_cloud_disks_blank_and_used() -> None:
    found = facts("aws-g5")
    assert not isinstance(found.disks, Missing)
    signs = {disk.name: (disk.model, disk.signatures, disk.mountpoints) for disk in found.disks}
    assert signs == {
        "nvme0n1": ("Amazon Elastic Block Store", ("gpt", "PMBR"), ()),
        "nvme0n1p1": (None, ("ext4",), ("/",)),
        "nvme0n1p15": (None, ("vfat",), ("/boot/efi",)),
        "nvme1n1": ("Amazon EC2 NVMe Instance Storage", (), ()),
    }
    assert found.extra["cloud_init"] == "done"


def test_disks_of_a_container_are_not_readable_which_is_not_blank() -> None:
    found = facts("runpod")
    assert not isinstance(found.disks, Missing)
    reason = "wipefs: error: /dev/nvme0n1: probing initialization failed: No such file or directory"
    assert found.disks[0].signatures == Missing(reason)
    assert not isinstance(found.mounts, Missing)
    assert [mount.target for mount in found.mounts] == ["/", "/workspace"]


def test_without_root() -> None:
    denied = (
        "==> /dev/nvme0n1\nwipefs: error: /dev/nvme0n1: probing initialization failed: Permission denied\n--> exit 1",
        "",
        0,
    )
    socket = ("", "permission denied while trying to connect to the Docker daemon socket", 1)
    found = facts("dual-3090", privilege=NO_ROOT, wipefs=denied, docker_info=socket)
    assert found.privilege == Privilege("ops", "none")
    assert found.docker == Missing("needs root: the Docker socket is not open to this user")
    assert not isinstance(found.disks, Missing)
    start = "needs root: wipefs: error: /dev/nvme0n1: probing initialization failed: Permission denied"
    assert found.disks[0].signatures == Missing(start)


@pytest.mark.parametrize(
    ("section", "value", "fact", "expected"),
    [
        ("lsblk", ("", "sh: 1: lsblk: not found", 127), "disks", Missing("`lsblk` is not installed")),
        ("findmnt", ("", "", 124), "mounts", Missing("`findmnt` gave no answer in time")),
        ("modules", ("", "cut: /proc/modules: No such file or directory", 1), "modules", None),
        ("pci", None, "pci", Missing("`pci` is not in the recording")),
        (
            "fstab",
            ("", "cat: /etc/fstab: Permission denied", 1),
            "fstab_swaps",
            Missing("`cat /etc/fstab`: cat: /etc/fstab: Permission denied"),
        ),
        ("lsblk", ("{", "", 0), "disks", None),
        ("packages", ("", "", 1), "packages", ()),
        ("packages", ("", "sh: 1: dpkg-query: not found", 1), "packages", None),
        ("nvidia-smi", None, "nvidia", Missing("`nvidia-smi` is not in the recording")),
        (
            "nvidia-smi",
            ("", "sh: 1: nvidia-smi: not found", 127),
            "nvidia",
            Nvidia("580.95.05", Missing("`nvidia-smi` is not installed"), None),
        ),
        ("python", ("", "sh: 1: /usr/bin/python3: not found", 127), "python", None),
        ("machine-id", ("", "", 0), "machine_id", ""),
    ],
)
def test_what_could_not_be_read_is_never_nothing(
    section: str, value: tuple[str, str, int] | None, fact: str, expected: object
) -> None:
    found = getattr(facts("dual-3090", **{section: value}), fact)
    if expected is None and fact != "python":
        assert isinstance(found, Missing)
    else:
        assert found == expected


def test_sources_that_answer() -> None:
    assert facts("desktop-3090").reachable == {
        "docker_repository": True,
        "nvidia_cuda_repository": True,
        "nvidia_container_toolkit_repository": True,
        "hub": True,
        "github": True,
        "python_index": True,
    }
    changed: dict[str, tuple[str, str, int] | None] = {
        "reach-hub": ("https://huggingface.co/\n000", "curl: (28) timed out", 28),
        "reach-github": ("", "neither curl, wget nor python3 is installed", 127),
        "reach-python_index": None,
    }
    found = host_facts(rig("desktop-3090", changed))
    assert (found.reachable["hub"], found.reachable["github"], found.reachable["docker_repository"]) == (
        False,
        Missing("neither curl, wget nor python3 is installed"),
        True,
    )


@pytest.mark.parametrize("section", ["uname", "os-release", "cpuinfo", "meminfo", "init", "privilege"])
def test_a_machine_that_does_not_tell_the_least(section: str) -> None:
    with pytest.raises(UsageError, match="`desktop-3090` does not tell what it is"):
        facts("desktop-3090", **{section: ("", "denied", 1)})


def test_a_recording_s_file_that_makes_no_sense_is_named(tmp_path: Path) -> None:
    shutil.copytree(FOLDER / "desktop-3090", tmp_path / "rec")
    (tmp_path / "rec" / "lsblk.txt").write_text("$ lsblk\n{\n# exit 0\n")
    with pytest.raises(UsageError) as caught:
        host_facts(read(tmp_path / "rec"))
    assert str(caught.value).startswith(f"`{tmp_path / 'rec' / 'lsblk.txt'}` makes no sense: not valid JSON")


@pytest.mark.parametrize("name", RIGS)
def test_every_fixture_reads_whole(name: str) -> None:
    found = host_facts(read(FOLDER / name))
    assert (found.host, isinstance(found.disks, tuple), isinstance(found.mounts, tuple)) == (name, True, True)


def test_the_drivers_record_is_optional() -> None:
    """Recordings of before have none, and a host on which the role never ran neither."""
    assert facts("desktop-3090").driver_record == facts("desktop-3090", driver_record=None).driver_record == {}
    found = facts("desktop-3090", driver_record=('{"packages": {"nvidia-smi": {"brought": false}}}', "", 0))
    assert found.driver_record == {"nvidia-smi": True}
    assert isinstance(facts("desktop-3090", driver_record=("", "cat: Permission denied", 1)).driver_record, Missing)

"""Failures that people met with the driver, each from the evidence that it leaves."""

import pytest

from tests.unit.doctor.hosts import UUIDS, cause, diagnosed, first, line, log, notes

NO_MODULE: dict[str, str | tuple[str, str, int]] = {
    "pci": line("pci").replace("0x1454 nvidia", "0x1454 -"),
    "modules": "nvme\next4",
    "nvidia_version": ("", "cat: /proc/driver/nvidia/version: No such file or directory", 1),
    "nvidia_smi": ("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.", "", 9),
}
NO_DEVICES = ("No devices were found", "", 6)
ONE_GPU = line("nvidia-smi").splitlines()[0]


def not_reached(found) -> list[str]:
    return [one.name for one in found.layers if one.state == "not reached"]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.", "", 9), "driver-does-not-answer"),
        (("No devices were found", "", 0), "no-gpu-reported"),
        (("", "", 0), "no-gpu-reported"),
        (("something new", "", 77), "nvidia-smi-failed"),
        (("", "", 124), "nvidia-smi-hangs"),
    ],
)
def test_f01_the_program_nvidia_smi_proves_nothing(said, code) -> None:
    found = diagnosed(nvidia_smi=said)

    assert cause(found) == ("nvml", code)
    assert not_reached(found) == ["cuda", "container", "model"]


def test_f01_without_a_gpu_on_the_bus_a_failing_nvidia_smi_says_that_one_is_missing() -> None:
    found = diagnosed("no-gpu", nvidia_smi=("NVIDIA-SMI has failed because it couldn't communicate", "", 9))

    assert cause(found) == ("pci", "gpu-vanished")
    assert any("couldn't communicate" in text for text in first(found).evidence)


def test_f07_blackwell_with_proprietary_modules() -> None:
    said = log(
        "NVRM: The NVIDIA GPU 0000:01:00.0 (PCI ID: 10de:2b85)",
        "NVRM: installed in this system requires use of the NVIDIA open kernel modules.",
        "nvidia 0000:01:00.0: probe with driver nvidia failed with error -1",
    )
    pci = "0000:01:00.0 0x10de 0x2b85 0x030000 0x10de 0x2057 -"
    found = diagnosed(pci=pci, kernel_log=said, nvidia_smi=NO_DEVICES)

    assert cause(found) == ("module", "open-modules-required")
    assert [text.split("] ")[1][:22] for text in first(found).evidence] == ["NVRM: The NVIDIA GPU 0", "NVRM: installed in thi"]
    assert "open flavour" in first(found).fix


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("NVRM: GPU 0000:01:00.0: RmInitAdapter failed! (0x25:0xffff:1480)", "adapter-init"),
        ("NVRM: This PCI I/O region assigned to your NVIDIA device is invalid:", "bar-invalid"),
        ("pci 0000:01:00.0: BAR 1: no space for [mem size 0x800000000 64bit pref]", "bar-invalid"),
        ("pci 0000:01:00.0: BAR 1 [mem size 0x800000000 64bit pref]: can't assign; no space", "bar-invalid"),
    ],
)
def test_f08_the_firmware_leaves_the_gpu_no_room(text, code) -> None:
    found = diagnosed(kernel_log=log(text), nvidia_smi=NO_DEVICES)

    assert cause(found) == ("module", code)
    assert "Above 4G Decoding" in first(found).fix


def test_f08_an_old_line_of_a_gpu_that_works_now_breaks_nothing() -> None:
    assert cause(diagnosed(kernel_log=log("NVRM: GPU 0000:01:00.0: RmInitAdapter failed! (0x25:0xffff:1480)"))) == ("", "")


def test_f08_is_not_blamed_on_the_card_that_works() -> None:
    """The log speaks of another card than the one that the driver lacks: NVML is where it shows."""
    found = diagnosed(kernel_log=log("NVRM: GPU 0000:07:00.0: RmInitAdapter failed! (0x25:0xffff:1480)"), nvidia_smi=ONE_GPU)
    assert cause(found) == ("nvml", "fewer-gpus")


def test_f09_the_driver_has_dropped_this_generation() -> None:
    said = log(
        "NVRM: The NVIDIA NVIDIA GeForce GTX 1050 Ti GPU installed in this system is",
        "NVRM:  supported through the NVIDIA 580.xx Legacy drivers. Please",
        "NVRM:  visit http://www.nvidia.com/object/unix.html for more",
        "NVRM:  information.  The 595.71.05 NVIDIA driver will ignore",
        "NVRM:  this GPU.  Continuing probe...",
    )
    found = diagnosed(pci="0000:01:00.0 0x10de 0x1c82 0x030000 0x1043 0x8613 -", kernel_log=said, nvidia_smi=NO_DEVICES)

    assert cause(found) == ("module", "legacy-branch-required")
    assert "branch 580 is the last" in first(found).what
    assert "595.71.05" in " ".join(first(found).evidence)


@pytest.mark.parametrize(
    ("rules", "initramfs", "words"),
    [
        ("", "", "nothing keeps it off"),
        (
            "/etc/modprobe.d/n.conf:blacklist nouveau",
            "usr/lib/modules/6.8.0/kernel/drivers/gpu/drm/nouveau/nouveau.ko",
            "initramfs",
        ),
        ("/etc/modprobe.d/n.conf:blacklist nouveau", "100 /boot/initrd.img-6.8.0\n200 /etc/modprobe.d/n.conf", "initramfs"),
        ("/etc/modprobe.d/n.conf:blacklist nouveau", "300 /boot/initrd.img-6.8.0\n200 /etc/modprobe.d/n.conf", "is blacklisted"),
    ],
)
@pytest.mark.parametrize("driver", ["nouveau", "NovaCore"])
def test_f10_nouveau_holds_the_card(rules, initramfs, words, driver) -> None:
    held = NO_MODULE | {"pci": line("pci").replace("0x1454 nvidia", f"0x1454 {driver}")}
    found = diagnosed(**held, modprobe_rules=rules, initramfs=initramfs)

    assert cause(found) == ("module", "nouveau-holds-gpu")
    assert words in first(found).what
    assert "update-initramfs -u" in first(found).fix


def test_f10_nouveau_on_a_machine_that_never_had_the_driver() -> None:
    held = NO_MODULE | {"pci": line("pci").replace("0x1454 nvidia", "0x1454 nouveau")}
    found = diagnosed(**held, module_kernels="6.8.0-57-generic -")

    assert cause(found) == ("module", "nouveau-holds-gpu")
    assert "NVIDIA's driver is not installed" in first(found).what
    assert "rigprov plan" in first(found).fix


def test_f10_vfio_holds_all_cards_or_only_one() -> None:
    held = {"pci": line("pci").replace("0x1454 nvidia", "0x1454 vfio-pci"), "cmdline": "ro vfio-pci.ids=10de:2204"}
    assert cause(diagnosed(**held)) == ("module", "vfio-holds-gpu")

    one = line("pci").replace(
        "0000:02:00.0 0x10de 0x2204 0x030000 0x10de 0x1454 nvidia", "0000:02:00.0 0x10de 0x2204 0x030000 0x10de 0x1454 vfio-pci"
    )
    found = diagnosed(
        pci=one,
        nvidia_smi=ONE_GPU,
        cuda_kernel="count 1\nproved 0",
        container_run=f"==> docker run --gpus all u\n{UUIDS[0]}\n--> exit 0",
    )
    assert (cause(found), notes(found)) == (("", ""), ["vfio-holds-gpu"])


@pytest.mark.parametrize(
    "status",
    [
        "nvidia/580.95.05: added",
        "nvidia/580.95.05, 6.8.0-57-generic, x86_64: built",
        "nvidia-current/535.261.03, 6.8.0-55-generic, x86_64: installed",
        "nvidia, 535.183.01: added",
    ],
)
def test_f11_dkms_built_nothing(status) -> None:
    found = diagnosed(**NO_MODULE, module_kernels="6.8.0-57-generic -", dkms_status=status)

    assert cause(found) == ("module", "dkms-not-installed")
    assert first(found).evidence == (f"dkms: {status}",)
    assert "linux-headers-6.8.0-57-generic" in first(found).fix


def test_f11_neither_dkms_nor_a_module() -> None:
    assert cause(diagnosed(**NO_MODULE, module_kernels="6.8.0-57-generic -")) == ("module", "no-driver")


def test_f12_the_new_kernel_has_no_module() -> None:
    kernels = "6.8.0-55-generic /lib/modules/6.8.0-55-generic/updates/dkms/nvidia.ko.zst\n6.8.0-57-generic -"
    found = diagnosed(**NO_MODULE, module_kernels=kernels)

    assert cause(found) == ("module", "no-module-for-kernel")
    assert "6.8.0-55-generic has one" in first(found).what
    assert first(found).evidence[0] == "uname: 6.8.0-57-generic"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"kernel_log": log("nvidia: loading of module with unavailable key is rejected")}, "secure-boot-rejects"),
        ({"kernel_log": log("Loading of unsigned module is rejected")}, "secure-boot-rejects"),
        (
            {"module_log": "rig systemd-modules-load[311]: Failed to insert module 'nvidia': Key was rejected by service"},
            "secure-boot-rejects",
        ),
        ({"kernel_log": log("Lockdown: modprobe: unsigned module loading is restricted; see man kernel_lockdown.7")}, "lockdown"),
    ],
)
def test_f14_secure_boot_rejects_the_module(changed, code) -> None:
    found = diagnosed(**NO_MODULE, **changed)

    assert cause(found) == ("module", code)
    assert "mokutil --import" in first(found).fix
    assert "signed already" in first(found).fix


def test_f16_the_guest_s_driver_does_not_fit_the_host_s() -> None:
    said = log(
        "NVRM: Xid (PCI:0000:01:00): 78, pid='<unknown>', name=<unknown>, Guest driver is incompatible with host driver",
        "NVRM: GPU 0000:01:00.0: RmInitAdapter failed! (0x25:0x40:1480)",
    )
    pci = "0000:01:00.0 0x10de 0x2236 0x030200 0x10de 0x14b9 nvidia"
    found = diagnosed(pci=pci, kernel_log=said, nvidia_smi=NO_DEVICES, detect_virt="container=none\nvm=microsoft")

    assert cause(found) == ("nvml", "xid-78")
    assert "guest" in first(found).fix


def test_f17_a_linux_driver_in_wsl() -> None:
    found = diagnosed("wsl2", packages="ii  libnvidia-compute-580 580.95.05-0ubuntu1")
    assert cause(found) == ("versions", "linux-driver-in-wsl")

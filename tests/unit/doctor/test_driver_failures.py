"""Failures that people met with the driver, each from the evidence that it leaves."""

import pytest

from tests.unit.doctor.hosts import BOOT, UUIDS, cause, diagnosed, first, layer, line, notes

NO_MODULE: dict[str, str | tuple[str, str, int]] = {
    "pci": line("pci").replace("0x1454 nvidia", "0x1454 -"),
    "modules": "nvme\next4",
    "nvidia_version": ("", "cat: /proc/driver/nvidia/version: No such file or directory", 1),
    "nvidia_smi": ("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.", "", 9),
}
NO_DEVICES = ("No devices were found", "", 6)
ONE_GPU = line("nvidia-smi").splitlines()[0]


def log(*lines: str) -> str:
    return "\n".join([line("kernel-log"), *(f"[    7.{at:06}] {text}" for at, text in enumerate(lines))])


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


def test_f11_dkms_built_nothing() -> None:
    found = diagnosed(**NO_MODULE, module_kernels="6.8.0-57-generic -", dkms_status="nvidia/580.95.05: added")

    assert cause(found) == ("module", "dkms-not-installed")
    assert first(found).evidence == ("dkms: nvidia/580.95.05: added",)
    assert "linux-headers-6.8.0-57-generic" in first(found).fix


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


MISMATCH = ("Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 580.105", "", 18)
NEWER: dict[str, str | tuple[str, str, int]] = {
    "libraries": line("libraries").replace("580.95.05", "580.105.08"),
    "nvidia_module": "580.105.08",
    "packages": line("packages").replace("580.95.05", "580.105.08"),
    "nvidia_smi": MISMATCH,
}


def test_f18_library_and_module_differ() -> None:
    found = diagnosed(**NEWER)

    assert cause(found) == ("versions", "version-mismatch")
    assert first(found).what == "the loaded NVIDIA module is 580.95.05, the library is 580.105.08"
    assert first(found).fix.startswith("reboot")
    assert "Installing the driver again does not help" in first(found).fix


def test_f18_as_only_nvidia_smi_can_tell() -> None:
    assert cause(diagnosed(nvidia_smi=MISMATCH, libraries="")) == ("versions", "version-mismatch")


def test_f18_a_module_on_disk_that_is_still_the_old_one_comes_first() -> None:
    found = diagnosed(**NEWER | {"nvidia_module": "580.95.05"})
    assert "dkms autoinstall" in first(found).fix


def test_f19_it_came_overnight_by_itself() -> None:
    history = (
        "Start-Date: 2026-11-20  06:31:12\nCommandline: /usr/bin/unattended-upgrade\n"
        "Upgrade: libnvidia-compute-580:amd64 (580.95.05-0ubuntu0.24.04.2, 580.105.08-0ubuntu0.24.04.1)\nEnd-Date: x"
    )
    found = diagnosed(**NEWER, apt_history=f"{line('apt-history')}\n\n{history}")

    assert first(found).what.endswith("brought by unattended-upgrades, by itself on 2026-11-20 06:31:12")
    assert "apt history: libnvidia-compute-580 (580.95.05 -> 580.105.08)" in first(found).evidence
    assert "apt-mark hold" in first(found).fix


def test_f21_no_device_nodes() -> None:
    found = diagnosed(nodes_before="", nodes_after="", nvidia_smi=("couldn't communicate with the NVIDIA driver", "", 9))

    assert cause(found) == ("nvml", "no-device-nodes")
    assert "nvidia-persistenced" in first(found).fix


def test_f21_nodes_that_nobody_made_at_boot() -> None:
    assert notes(diagnosed(nodes_before="")) == ["nodes-made-late"]


def test_f21_the_engine_was_started_before_the_gpu_was_there() -> None:
    boot = int(BOOT.timestamp())
    engine_log = (
        "llama_model_loader: loaded meta data\nno usable GPU found, --gpu-layers option will be ignored\n"
        "load_tensors: offloaded 0/65 layers to GPU"
    )
    found = diagnosed(engine_log=engine_log, nodes_after=line("nodes-after").replace(str(boot + 11), str(boot + 90)))

    assert cause(found) == ("model", "engine-on-cpu")
    assert first(found).evidence[-1] == "the engine was started 21 s after boot, /dev/nvidia0 made 90 s after it"


FALLEN = "NVRM: Xid (PCI:0000:02:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus."


def test_f22_fallen_off_the_bus_names_the_slot() -> None:
    lost = ("Unable to determine the device handle for GPU0000:02:00.0: Unknown Error", "", 255)
    found = diagnosed(kernel_log=log(FALLEN, "NVRM: GPU 0000:02:00.0: RmInitAdapter failed! (0x23:0x65:1)"), nvidia_smi=lost)

    assert cause(found) == ("nvml", "xid-79")
    assert "at 0000:02:00.0 (slot 3)" in first(found).what
    assert any("Xid" in text for text in first(found).evidence)
    assert [one.code for one in layer(found, "nvml").findings] == ["xid-79", "gpu-lost"]


def test_f22_the_bus_reads_ones() -> None:
    found = diagnosed(kernel_log=log(FALLEN), pci_config="0000:01:00.0  de 10 04 22\n0000:02:00.0  ff ff ff ff")

    assert cause(found) == ("pci", "fallen-off-the-bus")
    assert "(slot 3)" in first(found).what
    assert len(first(found).evidence) == 2


def test_f22_other_errors_of_this_boot_are_notes() -> None:
    said = log(
        "NVRM: Xid (PCI:0000:01:00): 13, pid=1812, name=python3, Graphics Exception",
        "NVRM: Xid (PCI:0000:01:00): 13, x",
        "NVRM: Xid (PCI:0000:01:00): 777, x",
    )
    found = diagnosed(kernel_log=said)

    assert (cause(found), notes(found)) == (("", ""), ["xid-13", "xid-777"])


def test_f37_a_gpu_on_the_bus_that_the_driver_lacks() -> None:
    found = diagnosed(nvidia_smi=ONE_GPU, smi_state=line("smi-state").splitlines()[0])

    assert cause(found) == ("nvml", "fewer-gpus")
    assert "1 of the 2 GPUs" in first(found).what
    assert "0000:02:00.0" in first(found).what


def test_f37_a_failing_nvidia_smi_never_makes_a_machine_without_gpu() -> None:
    found = diagnosed(
        nvidia_smi=("", "nvidia-smi: error while loading shared libraries", 127),
        cuda_kernel=("failed cuInit 999 CUDA_ERROR_UNKNOWN", "", 1),
    )
    assert cause(found) == ("cuda", "cuda-999")

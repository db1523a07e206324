"""Failures that people met with a driver that had worked, each from the evidence that it leaves."""

from tests.unit.doctor.hosts import BOOT, cause, diagnosed, first, layer, line, log, notes

ONE_GPU = line("nvidia-smi").splitlines()[0]
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


def test_f18_a_compatibility_library_may_be_newer() -> None:
    compat = "/usr/local/cuda-13.1/compat/libcuda.so.1 /usr/local/cuda-13.1/compat/libcuda.so.590.44.01"
    assert layer(diagnosed(libraries=f"{compat}\n{line('libraries')}"), "versions").state == "fine"


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

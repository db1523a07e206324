"""Lines as people post them, from threads that are named in rigprov/doctor/kernel_lines.py, and what doctor makes of them."""

import pytest

from tests.unit.doctor.hosts import cause, diagnosed, first, log, notes
from tests.unit.doctor.test_driver_failures import NO_DEVICES

FAILED = "NVRM: GPU 0000:01:00.0: RmInitAdapter failed! (0x61:0x56:1697)"
PREFIX = "docker: Error response from daemon: "
HOOK = (
    "OCI runtime create failed: error running prestart hook #0: exit status 1, stdout: , stderr: Auto-detected mode as 'legacy'"
)


@pytest.mark.parametrize(
    ("lines", "code", "what"),
    [
        (("NVRM: Open nvidia.ko is only ready for use on Data Center GPUs.", FAILED), "open-modules-too-early", "data centre"),
        (
            ("nvidia 0000:01:00.0: firmware: failed to load nvidia/535.247.01/gsp_ga10x.bin (-2)", FAILED),
            "gsp-firmware-missing",
            "the GPU's firmware nvidia/535.247.01/gsp_ga10x.bin is not there",
        ),
        (
            (FAILED, "NVRM: RmFetchGspRmImages: No firmware image found"),
            "gsp-firmware-missing",
            "the GPU's firmware is not there",
        ),
        (("NVRM: GPU 0000:01:00.0: GPU has fallen off the bus.", FAILED), "off-the-bus", "no longer answers"),
        (
            (
                "NVRM: The NVIDIA GPU 0000:01:00.0",
                "NVRM: (PCI ID: 10de:26b5) installed in this system has",
                "NVRM: fallen off the bus and is not responding to commands.",
            ),
            "off-the-bus",
            "no longer answers",
        ),
        (
            ("nvidia 0000:01:00.0: Unable to change power state from D3cold to D0, device inaccessible", FAILED),
            "off-the-bus",
            "no longer answers",
        ),
        (
            (
                "NVRM: GPU6 _kgspBootGspRm: unexpected WPR2 already up, cannot proceed with booting GSP",
                "NVRM: GPU6 RmInitAdapter: Cannot initialize GSP firmware RM",
                FAILED,
            ),
            "gsp-boot",
            "does not start",
        ),
    ],
)
def test_a_card_that_is_held_and_not_started(lines, code, what) -> None:
    found = diagnosed(nvidia_smi=NO_DEVICES, kernel_log=log(*lines))

    assert cause(found) == ("module", code)
    assert what in first(found).what
    assert any(lines[0][-20:] in line or lines[1][-20:] in line for line in first(found).evidence)


def test_a_tainted_kernel_is_no_fault() -> None:
    lines = ("nvidia: module verification failed: signature and/or required key missing - tainting kernel",)
    assert (cause(diagnosed(kernel_log=log(*lines))), notes(diagnosed(kernel_log=log(*lines)))) == (("", ""), [])


def test_nvidia_smi_without_the_library() -> None:
    said = "NVIDIA-SMI couldn't find libnvidia-ml.so library in your system. Please make sure that the NVIDIA Display Driver is"
    found = diagnosed(nvidia_smi=(said, "", 12))

    assert cause(found) == ("nvml", "no-libraries")
    assert "ldconfig" in first(found).fix


NEWER = "requirement error: unsatisfied condition: cuda>=13.5, please update your driver to a newer version, or use an earlier"
RULES = (
    "mount error: failed to add device rules: unable to find any existing device filters attached to the cgroup: bpf_prog_query"
)


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        (f"{HOOK}\nnvidia-container-cli: {NEWER} cuda container", "image-too-new", "asks for cuda>=13.5, which driver 580.95.05"),
        (f"{HOOK}\nnvidia-container-cli: {RULES}", "no-device-rules", "LXC"),
        ("failed to discover GPU vendor from CDI: no known GPU vendor found", "cdi-absent", "no CDI specification"),
    ],
)
def test_docker_s_own_words(said, code, words) -> None:
    run = f"==> docker run --gpus all ubuntu:24.04\n{PREFIX}{said}\n--> exit 125\n"
    found = diagnosed(container_run=run, cdi="")

    assert cause(found) == ("container", code)
    assert words in first(found).what

"""The walk from the bus up: what whole machines give, and that nothing a host says can break it."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rigprov.commands.diagnosing import judged
from rigprov.doctor.diagnose import JUDGES
from rigprov.model.diagnosis import Diagnosis
from tests.unit.doctor.hosts import BOOT, HEALTHY, HOSTS, cause, diagnosed, layer, line, notes, proved, recorded

FINE, APART, UNPROVED, BELOW = "fine", "does not apply", "not proved", "not reached"


def states(found: Diagnosis) -> list[str]:
    return [one.state for one in found.layers]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("healthy-3090", [FINE, FINE, FINE, FINE, FINE, FINE, UNPROVED]),
        ("no-gpu", [APART, APART, APART, APART, APART, APART, UNPROVED]),
        ("rented-container", [FINE, FINE, FINE, FINE, FINE, APART, APART]),
        ("wsl2", [FINE, FINE, FINE, FINE, FINE, APART, APART]),
    ],
)
def test_machines_without_a_fault(host, expected) -> None:
    found = diagnosed(host)

    assert (states(found), cause(found), notes(found)) == (expected, ("", ""), [])


def test_every_fixture_is_looked_at() -> None:
    assert HOSTS == ["healthy-3090", "no-gpu", "rented-container", "wsl2"]


def test_no_nvidia_gpu_names_those_of_others() -> None:
    said = diagnosed("no-gpu").layers[0].said
    assert said.startswith("no NVIDIA GPU on the bus; there is Intel 8086:4680 at 0000:00:02.0")
    assert said.endswith("AMD 1002:744c at 0000:03:00.0 (driver amdgpu)")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"packages": "ii  nvidia-dkms-580-open 580.95.05-0ubuntu1"}, "installed: nvidia-dkms-580-open 580.95.05"),
        ({"kernel_log": "[    0.4] pci 0000:01:00.0: [10de:2204] type 00 class 0x030000 PCIe Legacy Endpoint"}, "[10de:2204]"),
    ],
)
def test_a_gpu_that_was_there_is_missed(changed, words) -> None:
    found = diagnosed("no-gpu", **changed)

    assert cause(found) == ("pci", "gpu-vanished")
    assert any(words in text for text in layer(found, "pci").findings[0].evidence)
    assert states(found)[1:] == [BELOW] * 6


def test_a_gpu_that_was_proved_is_missed() -> None:
    found = diagnosed("no-gpu", proved(BOOT))

    assert cause(found) == ("pci", "gpu-vanished")
    assert layer(found, "pci").findings[0].evidence == (
        "proof of 2026-11-20T08:00:00+00:00: NVIDIA GeForce RTX 3090, 24 GiB, driver 580.95.05",
    )


def test_a_machine_that_was_proved_without_gpu_has_none() -> None:
    found = diagnosed("no-gpu", proved(BOOT, driver=None))
    assert [one.state for one in found.layers] == [APART] * 6 + [FINE]


def test_the_first_broken_layer_is_the_lowest() -> None:
    """Everything above an old module fails as well; none of that is named."""
    found = diagnosed(
        libraries=line("libraries").replace("580.95.05", "580.105.08"),
        nvidia_smi=("Failed to initialize NVML: Driver/library version mismatch", "", 18),
        cuda_kernel=("failed cuInit 803 CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "", 1),
        engine_status=("stopped", "", 3),
    )
    assert states(found) == [FINE, FINE, "broken", BELOW, BELOW, BELOW, BELOW]


@pytest.mark.parametrize(
    ("section", "name"),
    [
        ("pci", "pci"),
        ("nvidia-version", "versions"),
        ("nvidia-smi", "nvml"),
        ("cuda-kernel", "cuda"),
        ("docker-info", "container"),
        ("engine-config", "model"),
    ],
)
@pytest.mark.parametrize("text", ["garbage", "{", "\x00\ufffd", "0x 0x 0x"])
def test_garbage_reads_as_could_not_tell(section, name, text) -> None:
    found = diagnosed(**{section: text})

    assert (layer(found, name).state, layer(found, name).said[:14]) == ("not known", "could not tell")
    assert layer(found, name).way
    assert found.broken is None


@pytest.mark.parametrize("name", ["pci", "nvidia-version", "nvidia-smi", "cuda-kernel", "docker-info", "engine-status"])
def test_a_section_that_is_missing_reads_as_could_not_tell(name) -> None:
    found = diagnosed(**{name: None})

    assert len(found.unknown) == 1
    assert f"`{name}` is not in the recording" in found.unknown[0].said


# Words that lead deep into the judges.
WORDS = st.sampled_from(
    [
        "NVRM: Xid (PCI:0000:01:00): 79, x", "No devices were found", "version mismatch", "GPU-0", "nvidia", "nouveau", "==> a",
        "--> exit 0", "{}", "[]", "0", "1", "boot=1", "pids=1", "hostPath", "library /x/libcuda.so.1.2", "missing /x", "-",
        "0000:01:00.0", "0x10de", "failed cuInit 802 X", "proved 0", "count 0", "Start-Date: x", "Upgrade: a:b (1, 2)",
        "\u0661", "9" * 5000, "=", ",", ":", "nvidia/1.2: added", '{"ServerVersion":"1"}', '{"model":"m","gpu_layers":"all"}',
    ]
)  # fmt: skip
TEXT = st.lists(st.one_of(WORDS, st.text(string.printable, max_size=12), st.text(max_size=8)), max_size=8).map(
    lambda words: "\n".join(words) if len(words) % 2 else " ".join(words)
)
SECTION = st.tuples(TEXT, TEXT, st.sampled_from([0, 0, 0, 1, 3, 4, 5, 9, 18, 124, 126, 127, 255]))
NAMES = sorted(recorded(HEALTHY).sections)


@settings(max_examples=120)
@given(st.sampled_from(HOSTS), st.dictionaries(st.sampled_from(NAMES), st.one_of(SECTION, st.none()), max_size=12))
def test_whatever_a_host_says_it_is_judged(host, changed) -> None:
    found = judged(recorded(host, changed), None)

    assert [one.name for one in found.layers] == list(JUDGES)
    below = next((at for at, one in enumerate(found.layers) if one.state == "broken"), len(found.layers))
    assert {one.state for one in found.layers[below + 1 :]} <= {BELOW}
    for one in found.layers:
        assert one.said
        assert bool(one.findings) == (one.state == "broken")
        assert bool(one.way) == (one.state in ("not proved", "not known"))
        for finding in (*one.findings, *one.notes):
            assert finding.code and finding.what and finding.fix  # noqa: PT018  (one rule)
            assert finding.evidence
            assert all(finding.evidence)
            assert not finding.what.endswith(".")


@settings(max_examples=60)
@given(st.lists(st.one_of(SECTION, st.none()), min_size=1, max_size=5), st.integers(0, 4))
def test_a_host_that_says_only_nonsense(said, shift) -> None:
    changed = {name: said[(at * 7 + shift) % len(said)] for at, name in enumerate(NAMES)}
    assert len(judged(recorded(HEALTHY, changed), None).layers) == len(JUDGES)

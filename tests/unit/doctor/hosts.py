"""Hosts of the fixtures, whole or with some sections changed, and what doctor says of them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType

from rigprov.commands.diagnosing import judged
from rigprov.facts.recording import Recording, Section, read
from rigprov.model.diagnosis import Diagnosis, Finding, Layer
from rigprov.model.proof import Proof, Verdict
from rigprov.model.record import Machine, PlanSummary, Record

FOLDER = Path(__file__).parents[2] / "fixtures" / "doctor"
HOSTS = sorted(path.name for path in FOLDER.iterdir())
HEALTHY = "healthy-3090"
DRIVER = "580.95.05"
BOOT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)  # of every fixture
UUIDS = ("GPU-1c0f7a52-3f0e-4a61-9b7d-0a5d8e2f4c11", "GPU-9e44b0c8-7d25-4f3a-8c16-b3f1d2a06e72")

# Output of a section, or output, errors and exit status; None leaves it out.
Change = str | tuple[str, str, int] | None


@cache
def fixture(name: str) -> Recording:
    """One as it lies on the disk."""
    return read(FOLDER / name)


def recorded(name: str = HEALTHY, changed: Mapping[str, Change] = MappingProxyType({})) -> Recording:
    """A fixture as if fresh from the host, with sections changed."""
    recording = fixture(name)
    sections = dict(recording.sections)
    for section, value in changed.items():
        if value is None:
            sections.pop(section)
        else:
            output, errors, rc = (value, "", 0) if isinstance(value, str) else value
            sections[section] = Section(section, sections[section].command, output, errors, rc)
    return replace(recording, sections=sections, folder=None)


def diagnosed(name: str = HEALTHY, proof: Record | None = None, /, **changed: Change) -> Diagnosis:
    """What doctor says; underscores in keywords stand for hyphens."""
    return judged(recorded(name, {key.replace("_", "-"): value for key, value in changed.items()}), proof)


def layer(found: Diagnosis, name: str) -> Layer:
    """One layer of a diagnosis."""
    return next(one for one in found.layers if one.name == name)


def cause(found: Diagnosis) -> tuple[str, str]:
    """Layer and code of the first finding; ("", "") where nothing is broken."""
    return (found.broken.name, found.broken.findings[0].code) if found.broken else ("", "")


def first(found: Diagnosis) -> Finding:
    """The finding that is named as the cause."""
    assert found.broken is not None
    return found.broken.findings[0]


def notes(found: Diagnosis) -> list[str]:
    """Codes of all notes."""
    return [note.code for one in found.layers for note in one.notes]


def line(section: str, name: str = HEALTHY) -> str:
    """A section's output in a fixture, to be changed."""
    return recorded(name).sections[section].output


def proved(taken: datetime, driver: str | None = DRIVER, verdict: Verdict = "pass", median: float | None = 48.1) -> Record:
    """A kept proof."""
    proof = Proof(
        host=HEALTHY, verdict=verdict, reason="all 5 runs reached the floor of 30 tok/s", fix="", model="qwen3-32b",
        model_sha256="", engine="", floor=30.0, median=median, taken=taken.isoformat(timespec="seconds"),
    )  # fmt: skip
    machine = Machine(
        os="Ubuntu 24.04.3 LTS", kernel="6.8.0-57-generic", architecture="x86_64", kind="physical machine", cpu="a CPU",
        cores=8, ram_mib=65536, gpus=("NVIDIA GeForce RTX 3090, 24 GiB",), driver=driver, docker="28.5.1",
    )  # fmt: skip
    return Record("verify", proof, machine, PlanSummary(tier="intermediate", machine_class="gpu", roles=(), values=()))


def log(*lines: str) -> str:
    """The kernel's log of the healthy fixture, and more lines."""
    return "\n".join([line("kernel-log"), *(f"[    7.{at:06}] {text}" for at, text in enumerate(lines))])

"""What a host answered, as the layers look at it. Whatever stands in a section, nothing here raises."""

import re
from dataclasses import dataclass, replace
from functools import cached_property

from rigprov.catalog.gpus import DISPLAY_CLASSES, NVIDIA
from rigprov.facts.parse import gpu, machine
from rigprov.facts.parse.fields import pairs
from rigprov.facts.reader import Reader
from rigprov.facts.recording import Recording
from rigprov.model.host import Missing, NvidiaGpu, PciDevice, Virtualisation
from rigprov.model.record import Record

_LONGEST = 220  # characters of a quoted line
NOT_FOUND = 127
ABSENT = 3  # the probe's own status for "there is none"
TIMED_OUT = (124, 137, 143)


@dataclass(frozen=True)
class EngineSaid:
    """What the engine's log tells of its last start."""

    backend: str = ""  # "CUDA", "CPU", ...; "": not told
    offloaded: int | None = None
    layers: int | None = None
    trouble: str = ""  # the line in which it says what failed


class Seen:
    """One host.

    Args:
        recording: of doctor's probe; of others some sections are missing, which reads as "could not tell".
        proof: the last one kept of this host; None: there is none.
        engine: what the engine's log tells.
    """

    def __init__(self, recording: Recording, proof: Record | None = None, engine: EngineSaid | None = None) -> None:
        # Without its folder, a section that makes no sense is a fact that is not known, and no error.
        self.recording = replace(recording, folder=None)
        self.reader = Reader(self.recording)
        self.proof = proof
        self.engine = engine or EngineSaid()

    def rc(self, name: str) -> int | None:
        """Exit status; None: the section is missing."""
        return self.reader.rc(name)

    def text(self, name: str) -> str:
        """Standard output, whatever the exit status; "" where the section is missing."""
        section = self.reader.section(name)
        return section.output if section else ""

    def words(self, name: str) -> str:
        """Output and errors on one line."""
        section = self.reader.section(name)
        return " ".join(f"{section.output} {section.errors}".split()) if section else ""

    def lines(self, name: str) -> list[str]:
        """Lines of the output that are not blank."""
        return [line for line in self.text(name).splitlines() if line.strip()]

    def fields(self, name: str) -> dict[str, str]:
        """`name=value` lines."""
        return pairs(self.text(name))

    def why(self, name: str) -> str:
        """Why a section tells nothing, in words."""
        section = self.reader.section(name)
        if section is None:
            return f"`{name}` is not in the recording"
        if section.rc in TIMED_OUT:
            return f"`{name}` gave no answer in time"
        return f"`{name}` ended with exit status {section.rc}{f': {self.words(name)}' if self.words(name) else ''}"[:_LONGEST]

    def quote(self, name: str, *needles: str, limit: int = 4) -> tuple[str, ...]:
        """Lines of output and errors that contain one of the needles (all lines without one); else how it ended."""
        section = self.reader.section(name)
        every = f"{section.output}\n{section.errors}".splitlines() if section else []
        found = [line for line in every if line.strip() and (not needles or any(needle in line for needle in needles))]
        return tuple(clipped(f"{name}: {line.strip()}") for line in found[:limit]) or (clipped(self.why(name)),)

    @cached_property
    def kind(self) -> Virtualisation | Missing:
        """Metal, virtual machine, container or WSL2."""
        if self.rc("init") != 0:
            return Missing(self.why("init"))
        return self.reader.attempt(
            "init",
            lambda: machine.virtualisation(
                machine.Evidence(
                    release=self.kernel,
                    init=self.text("init"),
                    marks=self.text("marks"),
                    detected=self.reader.text("detect-virt"),
                    container_kind=self.reader.text("container-kind"),
                    environment=self.text("environment-names"),
                    capabilities=Missing("not asked"),
                    dmi=self.text("dmi"),
                    hypervisor=Missing("not asked"),
                    cloud_init=Missing("not asked"),
                )
            ),
        )

    @property
    def wsl(self) -> bool:
        """Whether this is WSL2."""
        return not isinstance(self.kind, Missing) and self.kind.wsl

    @property
    def container(self) -> str:
        """Kind of container that this machine is; "": none."""
        return "" if isinstance(self.kind, Missing) else self.kind.container or ""

    @property
    def kernel(self) -> str:
        """Release of the running kernel; "": not known."""
        words = self.text("uname").split()
        return words[1] if len(words) > 1 else ""

    @cached_property
    def pci(self) -> tuple[PciDevice, ...] | Missing:
        """Everything on the bus."""
        return self.reader.parse("pci", gpu.pci)

    @cached_property
    def gpus(self) -> tuple[PciDevice, ...]:
        """NVIDIA's display functions; empty also where the bus could not be read (see `pci`)."""
        devices = () if isinstance(self.pci, Missing) else self.pci
        return tuple(one for one in devices if one.vendor == NVIDIA and one.class_id in DISPLAY_CLASSES)

    @cached_property
    def loaded(self) -> str:
        """Version of the loaded module; "": none, or not known."""
        found = self.reader.parse("nvidia-version", gpu.module_version)
        return "" if isinstance(found, Missing) else found

    @cached_property
    def told(self) -> tuple[NvidiaGpu, ...] | Missing:
        """GPUs that the driver reports. Missing: nvidia-smi did not succeed."""
        if self.rc("nvidia-smi") != 0:
            return Missing(self.why("nvidia-smi"))
        output = self.text("nvidia-smi")
        found = self.reader.attempt("nvidia-smi", lambda: gpu.nvidia(self.loaded or None, output))
        return found if isinstance(found, Missing) else found.gpus

    @cached_property
    def driver(self) -> str:
        """Version of the driver that answers; "": not known."""
        last = (
            self.lines("nvidia-smi")[-1].split(",")[-1].strip() if self.rc("nvidia-smi") == 0 and self.text("nvidia-smi") else ""
        )
        return last if last.replace(".", "").isdigit() else self.loaded

    @cached_property
    def log(self) -> tuple[str, ...]:
        """The kernel's lines of this boot that may have to do with GPUs."""
        return tuple(self.lines("kernel-log"))

    @cached_property
    def packages(self) -> dict[str, str]:
        """Installed packages (of those that were asked for) with their upstream version."""
        words = [line.split() for line in self.lines("packages")]
        return {word[1]: upstream(word[2]) for word in words if len(word) == 3 and word[0].endswith("i")}  # noqa: PLR2004


def whole(text: str | None) -> int | None:
    """A whole number of sensible length; None: it is none."""
    return int(text) if text and re.fullmatch(r"[0-9]{1,18}", text) else None


def upstream(version: str) -> str:
    """A Debian version without epoch and revision: "580.95.05" for "1:580.95.05-0ubuntu1"."""
    return version.rsplit(":", maxsplit=1)[-1].split("-", maxsplit=1)[0]


def clipped(line: str) -> str:
    """A line short enough to be read."""
    flat = " ".join(line.split())
    return flat if len(flat) <= _LONGEST else f"{flat[:_LONGEST]}..."


def listed(words: tuple[str, ...] | list[str]) -> str:
    """ "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else list(words))

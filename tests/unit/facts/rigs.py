"""Recordings of the fixtures, whole or with some sections changed."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from rigprov.facts.build import host_facts
from rigprov.facts.recording import Recording, Section, read
from rigprov.model.host import HostFacts

FOLDER = Path(__file__).parents[2] / "fixtures" / "facts"
RIGS = sorted(path.name for path in FOLDER.iterdir())


def rig(name: str, changed: Mapping[str, tuple[str, str, int] | None] = MappingProxyType({})) -> Recording:
    """The recording as if fresh from the host, with sections replaced (output, errors, exit status) or left out (None)."""
    recording = read(FOLDER / name)
    sections = dict(recording.sections)
    for section, value in changed.items():
        if value is None:
            sections.pop(section)
        else:
            sections[section] = Section(section, sections[section].command, *value)
    return replace(recording, sections=sections, folder=None)


def facts(name: str, **changed: tuple[str, str, int] | None) -> HostFacts:
    """Facts of a rig; underscores in keywords stand for hyphens."""
    return host_facts(rig(name, {key.replace("_", "-"): value for key, value in changed.items()}))

"""Sources of packages and models that did not answer in time: what they said the time before stands in for them. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from rigprov.catalog.sources import SOURCE_NAMES
from rigprov.facts.recording import Recording, Section

_STOPPED = 124
_TIME_RAN_OUT = "curl: (28)"


def answers(recording: Recording) -> dict[str, Section]:
    """What was asked of sources, and what came of it, by the name of the section."""
    names = [f"reach-{name}" for name in SOURCE_NAMES]
    return {name: recording.sections[name] for name in names if name in recording.sections}


def late(recording: Recording) -> list[str]:
    """Sections of sources that said nothing in the time they were given. A refusal is an answer."""
    return [name for name, section in answers(recording).items() if _late(section)]


def filled(recording: Recording, known: Mapping[str, Section]) -> Recording:
    """The recording with earlier answers in place of late ones, but where another address is asked than the time before."""
    names = [name for name in late(recording) if name in known]
    taken = {name: known[name] for name in names if _address(known[name]) == _address(recording.sections[name])}
    return replace(recording, sections={**recording.sections, **taken})


def _late(section: Section) -> bool:
    return section.rc == _STOPPED or (section.rc != 0 and _TIME_RAN_OUT in section.errors)


def _address(section: Section) -> str:
    return section.output.partition("\n")[0]

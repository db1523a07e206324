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


def filled(recording: Recording, known: Mapping[str, Section]) -> Recording:
    """The recording with earlier answers in place of late ones; the same one where nothing was late or known.

    An answer that came counts, also a refusal; and so does silence where another address is asked than the time before.
    """
    late = [name for name, now in answers(recording).items() if _late(now) and name in known]
    taken = {name: known[name] for name in late if _address(known[name]) == _address(recording.sections[name])}
    return replace(recording, sections={**recording.sections, **taken}) if taken else recording


def _late(section: Section) -> bool:
    return section.rc == _STOPPED or (section.rc != 0 and _TIME_RAN_OUT in section.errors)


def _address(section: Section) -> str:
    return section.output.partition("\n")[0]

"""An earlier answer of a source stands in for a late one, and for nothing else."""

import pytest

from rigprov.catalog.sources import SOURCE_NAMES, SOURCES
from rigprov.facts.build import host_facts
from rigprov.facts.late import answers, filled, late
from rigprov.facts.recording import Section
from tests.unit.facts.rigs import rig

HUB = SOURCES["hub"]
NAME = "reach-hub"
BEFORE = {NAME: Section(NAME, "ask", f"{HUB}\n200", "", 0)}
ELSEWHERE = {NAME: Section(NAME, "ask", "https://elsewhere.example/\n200", "", 0)}


def test_all_sources_are_answers() -> None:
    assert list(answers(rig("desktop-3090"))) == [f"reach-{name}" for name in SOURCE_NAMES]
    assert f"reach-{SOURCE_NAMES[0]}" not in answers(rig("desktop-3090", {f"reach-{SOURCE_NAMES[0]}": None}))


@pytest.mark.parametrize(
    ("now", "taken"),
    [
        ((f"{HUB}\n000", "curl: (28) Resolving timed out after 1000 milliseconds", 28), True),
        ((f"{HUB}\n000", "curl: (28) SSL connection timeout", 28), True),
        ((f"{HUB}\n000", "curl: (28) Connection timed out after 1000 milliseconds", 6), True),  # 6: another one's, of all at once
        ((HUB, "", 124), True),
        ((f"{HUB}\n000", "curl: (6) Could not resolve host: huggingface.co", 6), False),
        ((f"{HUB}\n000", "curl: (7) Failed to connect to huggingface.co port 443", 7), False),
        ((f"{HUB}\n000", "curl: (60) SSL certificate problem: self-signed certificate", 60), False),
        ((f"{HUB}\n503", "", 0), False),
        ((f"{HUB}\n200", "curl: (28) Resolving timed out after 1000 milliseconds", 0), False),  # of another source
        (("", "neither curl, wget nor python3 is installed", 127), False),
    ],
)
def test_what_is_late(now: tuple[str, str, int], taken: bool) -> None:
    told = rig("desktop-3090", {NAME: now})
    whole = filled(told, BEFORE)
    assert (whole.sections[NAME] == BEFORE[NAME], late(told)) == (taken, [NAME] if taken else [])
    assert host_facts(whole).reachable["hub"] == (True if taken else host_facts(told).reachable["hub"])


def test_an_answer_of_another_address_counts_for_nothing() -> None:
    told = rig("desktop-3090", {NAME: (f"{HUB}\n000", "curl: (28) SSL connection timeout", 28)})
    assert filled(told, ELSEWHERE) == filled(told, {}) == told
    assert late(told) == [NAME]

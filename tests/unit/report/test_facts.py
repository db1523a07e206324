"""Facts as a person reads them: the whole text, against a file."""

from pathlib import Path

import pytest

from rigprov.facts.build import host_facts
from rigprov.facts.recording import read
from rigprov.report.facts import text
from tests.unit.facts.rigs import FOLDER, RIGS

GOLDEN = Path(__file__).parent / "golden" / "facts"


@pytest.mark.parametrize("name", RIGS)
def test_whole_text(name: str) -> None:
    assert text(host_facts(read(FOLDER / name))) == (GOLDEN / f"{name}.txt").read_text()

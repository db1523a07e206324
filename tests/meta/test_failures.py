"""Every failure that docs/failures.md lists has a test that carries its number."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
LISTED = re.findall(r"^\| (F\d\d) \|", (TESTS.parent / "docs" / "failures.md").read_text(encoding="utf-8"), re.MULTILINE)


def _carried() -> set[str]:
    named = {
        number.upper()
        for path in TESTS.rglob("test_*.py")
        for name in re.findall(r"def test_((?:f\d\d(?:_and)?_)+)", path.read_text(encoding="utf-8"))
        for number in re.findall(r"f\d\d", name)
    }
    rows = (TESTS / "tables" / "driver.csv").read_text(encoding="utf-8")
    return named | set(re.findall(r'^"?(F\d\d) ', rows, re.MULTILINE))


def test_the_list_is_whole() -> None:
    assert [f"F{number:02}" for number in range(1, 48)] == LISTED


@pytest.mark.parametrize("number", LISTED)
def test_it_has_a_test(number: str) -> None:
    assert number in _carried()

"""Every control of the compliance suite is shown to fail, and stands in the documentation as it is in the code."""

import pytest

from rigprov.compliance.registry import controls
from tests.live.breaks import BREAKS
from tests.meta.checkout import ROOT
from tests.unit.compliance.world import BROKEN

PAGE = ROOT / "docs" / "compliance.md"
BEGIN, END = "<!-- controls -->\n", "<!-- end of controls -->\n"


def table() -> str:
    rows = ["| Id | Severity | Role | What has to be so | Why |", "| --- | --- | --- | --- | --- |"]
    rows += [f"| {one.id} | {one.severity} | {one.role} | {one.title} | {one.reason} |" for one in controls()]
    return "\n".join(rows) + "\n"


def test_the_table_in_the_documentation_is_the_code_s() -> None:
    """To renew it: `python -m tests.meta.test_controls`."""
    text = PAGE.read_text(encoding="utf-8")
    assert text.split(BEGIN, 1)[1].split(END, 1)[0] == table()


@pytest.mark.parametrize("ident", [one.id for one in controls()])
def test_each_is_seen_to_fail(ident: str) -> None:
    """By breaking a machine by hand (tests/live), or a pretended one where none can be broken so (tests/unit)."""
    assert ident in {one.id for one in BREAKS} | set(BROKEN)


def test_what_is_broken_is_a_control() -> None:
    known = {one.id for one in controls()}
    assert {found for one in BREAKS for found in one.found} | set(BROKEN) <= known
    assert len({one.id for one in BREAKS}) == len(BREAKS)


if __name__ == "__main__":
    before, after = PAGE.read_text(encoding="utf-8").split(BEGIN, 1)
    PAGE.write_text(before + BEGIN + table() + END + after.split(END, 1)[1], encoding="utf-8")

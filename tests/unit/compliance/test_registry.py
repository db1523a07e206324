"""The list of controls is complete and sound."""

import re

import pytest

from rigprov.catalog.roles import ORDER, built
from rigprov.compliance.registry import controls
from rigprov.model.compliance import SEVERITIES
from tests.unit.compliance.fake import functions

CONTROLS = controls()
LEAST = 60


def test_there_are_many_and_none_is_listed_twice() -> None:
    assert len(CONTROLS) >= LEAST
    assert len({one.id for one in CONTROLS}) == len(CONTROLS) == len(functions())


@pytest.mark.parametrize("control", CONTROLS, ids=lambda one: one.id)
def test_it_says_what_why_and_how_to_mend_it(control) -> None:
    assert re.fullmatch(r"RIG-[A-Z]{3}-\d{3}", control.id)
    assert control.severity in SEVERITIES
    assert control.role in (*ORDER, "host")
    assert len(control.title) > 10
    assert len(control.reason) > 30
    assert len(control.fix) > 15
    assert not control.reason.endswith(".")


@pytest.mark.parametrize("role", [role for role in ORDER if built(role)])
def test_every_role_has_a_control(role) -> None:
    assert [one.id for one in CONTROLS if one.role == role]


def test_numbers_have_no_gaps() -> None:
    for area in {one.id[:7] for one in CONTROLS}:
        numbers = [int(one.id[-3:]) for one in CONTROLS if one.id.startswith(area)]
        assert numbers == list(range(1, len(numbers) + 1)), area

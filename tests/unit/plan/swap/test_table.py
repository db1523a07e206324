"""The decision table: hosts, and the swap that each must get, or why what is there stays."""

import pytest

from rigprov.model.plan import Decision
from rigprov.plan import benchmark, storage, swap
from tests.unit.plan.hosts import case
from tests.unit.plan.swap import rows

ROWS = rows.rows()
LEAST = 40  # rows that the table must have at the least


def decided(row: dict[str, str]) -> Decision:
    made = case(rows.facts(row), tier=rows.TIERS[row["tier"]], flags=rows.flags(row))
    place = storage.choose(made)
    return swap.decide(made, place, benchmark.choose(made, place))


def without_commas(text: str) -> str:
    """Rows of the table leave commas out where they like."""
    return text.replace(",", "")


@pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])
def test_swap(row):
    decision = decided(row)
    assert without_commas(row["skip"]) in without_commas(decision.skip or "")
    assert bool(row["skip"]) == bool(decision.skip), decision.skip
    assert [blocker.code for blocker in decision.blockers] == ([row["blocker"]] if row["blocker"] else [])
    values = {name: str(chosen.value) for name, chosen in decision.values.items()}
    found = {key: values.get(f"swap_{name}", "") for key, name in NAMES.items()}
    assert found == {key: row[key] for key in NAMES}
    reasons = " ".join(chosen.reason for chosen in decision.values.values())
    assert without_commas(row["reason"]) in without_commas(reasons)
    warnings = " ".join(decision.warnings)
    assert without_commas(row["warning"]) in without_commas(warnings)
    assert bool(row["warning"]) == bool(warnings), warnings


NAMES = {"size": "size_mib", "file": "file", "method": "method", "swappiness": "swappiness"}


def test_the_table_is_large_enough():
    assert len(ROWS) >= LEAST
    assert len({row["name"] for row in ROWS}) == len(ROWS)
    assert all(None not in row and set(row.values()) for row in ROWS)


def test_every_blocker_has_a_way_out():
    blockers = [blocker for row in ROWS for blocker in decided(row).blockers]
    assert blockers
    assert all(blocker.fix and blocker.message and blocker.code for blocker in blockers)

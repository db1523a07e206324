"""The decision table: hosts, and the driver that each must get, or why none."""

import pytest

from rigprov.plan.driver.decide import decide
from rigprov.tiers import INTERMEDIATE
from tests.unit.plan.driver import rows
from tests.unit.plan.hosts import case

ROWS = rows.rows()
LEAST = 120  # rows that the table must have at the least


def decided(row):
    flags = dict(word.split("=") for word in row["set"].split())
    made = case(rows.facts(row), tier=INTERMEDIATE, flags=flags, remove_conflicts=row["consent"] == "remove")
    return decide(made).decision


def _pin(values):
    if values.get("nvidia_driver_pin_package"):
        return "package"
    return "hold" if values.get("nvidia_driver_hold") else ""


@pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])
def test_driver(row):
    decision = decided(row)
    values = {name: chosen.value for name, chosen in decision.values.items()}
    assert [blocker.code for blocker in decision.blockers] == ([row["blocker"]] if row["blocker"] else [])
    assert row["skip"] in (decision.skip or "")
    assert bool(row["skip"] or (row["blocker"] and not decision.values)) == bool(decision.skip)
    if row["blocker"] or row["skip"]:
        return
    found = {key: values.get(f"nvidia_driver_{key}", "") for key in ("source", "branch", "flavour", "modules")}
    assert found == {key: row[key] for key in found}
    if row["packages"]:
        assert values["nvidia_driver_packages"] == row["packages"].replace("-", "", row["packages"] == "-").split()
    if row["pin"]:
        assert _pin(values) == row["pin"]
    assert row["reboot"] in (decision.reboot or "")
    assert bool(row["reboot"]) == bool(decision.reboot)


def test_the_table_is_large_enough():
    assert len(ROWS) >= LEAST
    assert len({row["name"] for row in ROWS}) == len(ROWS)


def test_every_value_has_a_reason():
    missing = [
        (row["name"], name) for row in ROWS for name, chosen in decided(row).values.items() if len(chosen.reason.split()) < 2
    ]
    assert missing == []


def test_every_blocker_has_a_way_out():
    blockers = [blocker for row in ROWS for blocker in decided(row).blockers]
    assert blockers
    assert all(blocker.fix and blocker.message and blocker.code for blocker in blockers)


@pytest.mark.parametrize(
    ("os", "driver"),
    [("jammy", "broken nvidia 580.95.05"), ("jammy", "broken ubuntu 580.95.05"), ("bookworm", "broken debian 535.261.03")],
)
def test_modules_that_are_kept_are_not_explained_by_what_the_card_lacks(os, driver):
    """A 3090 runs with both kinds; the proprietary ones stay because they are here."""
    row = {**next(row for row in ROWS if row["name"] == "Ampere RTX 3090"), "os": os, "driver": driver}
    flavour = decided(row).values["nvidia_driver_flavour"]
    assert (flavour.value, flavour.reason) == ("proprietary", "those that are here, and they drive the cards")

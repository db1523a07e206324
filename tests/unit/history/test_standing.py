"""When a kept proof stands, and when a host is measured again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rigprov.history.standing import why_not
from rigprov.model.plan import PlannedBenchmark
from tests.unit.report.cases import RIG, RIG_MACHINE, TWO_GPUS

TAKEN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PROOF = replace(RIG, verdict="pass", taken=TAKEN.isoformat(), weights="real", floor=10.0, context=8192, model_sha256="ab")
RECORD = replace(TWO_GPUS, proof=PROOF, machine=RIG_MACHINE)
PLANNED = PlannedBenchmark(PROOF.model, "/m", "ab", 1, 8192, 10.0, "gpu", "")
APPLIED = (TAKEN - timedelta(minutes=1)).isoformat()


def why(record=RECORD, planned=PLANNED, machine=RIG_MACHINE, applied=APPLIED, now=TAKEN + timedelta(days=2)):
    return why_not(record, planned, machine, applied=applied, now=now)


def test_it_stands_where_nothing_is_another():
    assert why() == ""


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"record": None}, "never measured"),
        ({"record": replace(RECORD, proof=replace(PROOF, verdict="slow"))}, "the last verdict is slow"),
        ({"record": replace(RECORD, proof=replace(PROOF, weights="synthetic"))}, "another benchmark"),
        ({"planned": replace(PLANNED, floor=11.0)}, "another benchmark"),
        ({"planned": replace(PLANNED, context=4096)}, "another benchmark"),
        ({"planned": replace(PLANNED, sha256="cd")}, "machine or model file"),
        ({"machine": replace(RIG_MACHINE, driver="1")}, "machine or model file"),
        ({"applied": (TAKEN + timedelta(minutes=1)).isoformat()}, "roles ran after the last proof"),
        ({"applied": ""}, "roles ran after the last proof"),
        ({"record": replace(RECORD, proof=replace(PROOF, taken="yesterday"))}, "roles ran after the last proof"),
        ({"now": TAKEN + timedelta(days=31)}, "older than 30 days"),
    ],
)
def test_it_is_measured_again_where_something_is(changes, reason):
    assert reason in why(**changes)

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from rigprov.report.html.document import at, document
from tests.unit.report.cases import NOT_MEASURED, RIG, STARTER, TWO_GPUS, history

MADE = datetime(2026, 11, 25, 8, tzinfo=UTC)


def test_it_is_plain_json():
    made = document({"rig-01": history(TWO_GPUS, 16.33), "demo": [STARTER], "x": [NOT_MEASURED]}, MADE)
    assert json.loads(json.dumps(made, allow_nan=False)) == made


def test_the_newest_is_shown_and_all_are_in_the_history():
    (host,) = document({"rig-01": history(TWO_GPUS, 16.33, None)}, MADE)["hosts"]
    assert (host["proof"]["median"], host["age_s"]) == (13.88, 5023)
    assert [(past["median"], past["comparable"]) for past in host["history"]] == [(13.88, True), (16.33, True), (None, False)]
    assert "raw" not in host["proof"]


def test_a_newest_without_a_figure_has_no_trend():
    (host,) = document({"x": [NOT_MEASURED, replace(NOT_MEASURED)]}, MADE)["hosts"]
    assert [past["comparable"] for past in host["history"]] == [True, False]


def test_the_fall_of_a_soak_is_a_figure_too():
    (host,) = document({"rig-01": [TWO_GPUS]}, MADE)["hosts"]
    assert RIG.soak is not None
    assert host["proof"]["soak"]["fall"] == RIG.soak.fall


@pytest.mark.parametrize("taken", ["", "soon", "2026-11-25T07:00:00", "2027-01-01T00:00:00+00:00"])
def test_an_age_that_nobody_knows(taken):
    record = replace(STARTER, proof=replace(STARTER.proof, taken=taken))
    assert document({"demo": [record]}, MADE)["hosts"][0]["age_s"] is None


def test_pointers():
    content = {"a": [{"b/c~d": 1}]}
    assert at(content, "/a/0/b~1c~0d") == 1
    assert at(content, "") == content
    with pytest.raises(LookupError):
        at(content, "/a/1")

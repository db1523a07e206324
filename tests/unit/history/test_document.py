import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigprov.history.document import SCHEMA, DamagedError, from_text, to_text
from tests.unit.report.cases import NOT_MEASURED, STARTER, TWO_GPUS


def plain(text: str) -> str:
    return text


def text(record=STARTER):
    return to_text(record, plain)


@pytest.mark.parametrize("record", [TWO_GPUS, STARTER, NOT_MEASURED], ids=["two-gpus", "starter", "not-measured"])
def test_there_and_back(record):
    assert from_text(text(record).encode()) == record


def test_the_envelope_has_a_version():
    document = json.loads(text())
    assert list(document) == ["schema", "rigprov_version", "record"]
    assert document["schema"] == SCHEMA


def test_raw_is_left_out():
    noisy = replace(STARTER, proof=replace(STARTER.proof, raw={"engine_log": ["key 123"]}))
    assert "key 123" not in text(noisy)


@given(st.text())
def test_any_text_survives(reason):
    record = replace(STARTER, proof=replace(STARTER.proof, reason=reason, notes=(reason,)))
    try:
        kept = text(record).encode()
    except UnicodeEncodeError:  # a lone surrogate is no Unicode text; `keep` says so
        return
    assert from_text(kept) == record


def test_secrets_are_masked_in_free_text_only():
    proof = replace(STARTER.proof, host="demo", reason="demo broke", notes=("demo",))
    document = json.loads(to_text(replace(STARTER, proof=proof), lambda words: words.replace("demo", "***")))
    kept = document["record"]["proof"]
    assert (kept["host"], kept["reason"], kept["notes"]) == ("demo", "*** broke", ["***"])


def test_a_figure_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="JSON compliant"):
        text(replace(STARTER, proof=replace(STARTER.proof, median=float("nan"))))


def changed(**proof):
    document = json.loads(text())
    document["record"]["proof"] |= proof
    return json.dumps(document)


def cut(key):
    document = json.loads(text())
    del document["record"][key]
    return json.dumps(document)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is no whole JSON document"),
        (text()[:500], "is no whole JSON document"),
        ("[" * 100_000, "is no whole JSON document"),
        ("\x00\x01", "is no whole JSON document"),
        ("[]", "is no document that rigprov kept"),
        ("{}", "is no document that rigprov kept"),
        ('{"schema": "1"}', "is no document that rigprov kept"),
        ('{"schema": true}', "is no document that rigprov kept"),
        ('{"schema": 2, "record": {}}', "is from a newer rigprov (schema 2)"),
        ('{"schema": 1}', "holds no sound record (record: "),
        (cut("machine"), "holds no sound record (machine: Field required)"),
        (changed(median="82"), "holds no sound record (proof.median: "),
        (changed(verdict="splendid"), "holds no sound record (proof.verdict: "),
        (changed(runs=[1, None]), "holds no sound record (proof.runs.1: "),
        (text().replace("82.1,", "NaN,"), "is no whole JSON document"),
        (text().replace("82.1,", "1e999,"), "holds a figure that is not finite"),
    ],
)
def test_what_is_damaged_says_how(content, said):
    with pytest.raises(DamagedError) as caught:
        from_text(content.encode())
    assert str(caught.value).startswith(said)


def test_bytes_that_are_no_text():
    with pytest.raises(DamagedError, match="is no whole JSON document"):
        from_text(b"\xff\xfe\xfa{")


def test_a_later_field_is_no_damage_and_an_absent_one_has_its_default():
    document = json.loads(text())
    document["record"]["proof"]["invented_later"] = 1
    del document["record"]["proof"]["soak"]
    assert from_text(json.dumps(document).encode()) == STARTER

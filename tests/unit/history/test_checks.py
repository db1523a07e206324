"""Checks that are kept: read back as they were, whatever lies beside them."""

from dataclasses import replace

import pytest

from rigprov.history.checks import keep_check, last_check, last_checks
from rigprov.history.folder import folder_of, newest_first
from rigprov.model.compliance import Answer, Checked, Control, HostCompliance

CONTROL = Control("RIG-SYS-001", "medium", "host", "It is so", "it matters", "mend it")
ANSWERS = (Answer(CONTROL, "fail", "a", "b", ("token hunter2",)), Answer(CONTROL, "skip", note="no GPU"))
CHECKED = Checked(HostCompliance("demo", ANSWERS, ("a note",)), "2026-11-25T07:00:00+00:00", "starter")


@pytest.fixture
def said():
    return []


def put(folder, checked, said):
    keep_check(folder, checked, mask=lambda text: text.replace("hunter2", "<redacted>"), warn=said.append)


def test_the_newest_comes_back_without_secrets(tmp_path, said):
    put(tmp_path, replace(CHECKED, tier="old"), said)
    put(tmp_path, CHECKED, said)
    found = last_check(tmp_path, "demo", said.append)
    assert found is not None
    assert found.compliance.answers[0].output == ("token <redacted>",)
    masked = replace(ANSWERS[0], output=("token <redacted>",))
    assert found == replace(CHECKED, compliance=replace(CHECKED.compliance, answers=(masked, ANSWERS[1])))
    assert said == []


@pytest.mark.parametrize("odd", [Answer(CONTROL, "fail", "\ud800"), Answer(CONTROL, "pass", seconds=float("nan"))])
def test_what_has_no_json_form_is_a_warning(tmp_path, said, odd):
    put(tmp_path, replace(CHECKED, compliance=replace(CHECKED.compliance, answers=(odd,))), said)
    assert said[0].startswith("the check of demo is not kept: it has no JSON form")
    assert last_check(tmp_path, "demo", said.append) is None


def test_of_several_hosts_those_that_were_checked(tmp_path, said):
    put(tmp_path, CHECKED, said)
    assert {host: found.tier for host, found in last_checks(tmp_path, ["a", "demo"], said.append).items()} == {"demo": "starter"}


def test_never_checked(tmp_path, said):
    assert last_check(tmp_path / "none", "demo", said.append) is None
    assert said == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "is no whole JSON document"),
        ('{"schema": 99}', "is from a newer rigprov (schema 99)"),
        ('{"schema": 1, "check": {"compliance": 5}}', "holds no sound check (compliance: "),
        ('{"schema": 1}', "holds no sound check (check: "),
    ],
)
def test_a_damaged_one_is_skipped_for_an_older(tmp_path, said, text, why):
    put(tmp_path, CHECKED, said)
    put(tmp_path, CHECKED, said)
    newest_first(folder_of(tmp_path, "demo"))[0].write_text(text)
    found = last_check(tmp_path, "demo", said.append)
    assert found is not None
    assert found.tier == "starter"
    assert len(said) == 1
    assert why in said[0]


def test_a_folder_that_cannot_be_written_is_a_warning(tmp_path, said):
    (tmp_path / "checks").write_text("no folder")
    put(tmp_path / "checks", CHECKED, said)
    assert "the check of demo is not kept" in said[0]

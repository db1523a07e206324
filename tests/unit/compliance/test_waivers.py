"""Exceptions with a reason and an end."""

from datetime import date

import pytest

from rigprov.compliance.registry import controls
from rigprov.compliance.waivers import Waiver, apply, read
from rigprov.errors import UsageError
from rigprov.model.compliance import Answer, HostCompliance

KNOWN = {one.id: one for one in controls()}
TODAY = date(2027, 1, 15)
GOOD = "- id: RIG-UPD-005\n  host: a\n  reason: the fleet has a tool of its own\n  until: 2027-01-15\n"


def found(ident, state) -> HostCompliance:
    return HostCompliance("a", (Answer(KNOWN[ident], state, found="not installed", expected="on"),))


@pytest.fixture
def parse(tmp_path):
    path = tmp_path / "waivers.yml"

    def call(text):
        path.write_text(text)
        return read(path, KNOWN)

    return call


@pytest.mark.parametrize("text", [GOOD, "waivers:\n" + GOOD])
def test_a_waiver_is_read(parse, text) -> None:
    assert parse(text) == (Waiver("RIG-UPD-005", "the fleet has a tool of its own", TODAY, "a"),)


@pytest.mark.parametrize("text", ["", "waivers: []\n", "waivers:\n", "~\n", "waivers: ~\n"])
def test_no_waivers(parse, text) -> None:
    assert parse(text) == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD.replace("RIG-UPD-005", "RIG-UPD-999"), r"waivers.yml:1: there is no control `RIG-UPD-999`"),
        (GOOD + "- id: RIG-SYS-001\n  until: 2027-01-01\n", r"waivers.yml:5: the waiver has no reason"),
        (GOOD + "- id: RIG-SYS-001\n  reason: ' '\n  until: 2027-01-01\n", r"waivers.yml:5: the waiver has no reason"),
        (GOOD.replace("  until: 2027-01-15\n", ""), r"the waiver has no until"),
        (GOOD.replace("2027-01-15", "next year"), r"`next year` is no date"),
        (GOOD.replace("host", "hots"), r"a waiver has no `hots`"),
        (GOOD.replace("host: a", "host: [a, b]"), r"waivers.yml:1: `host` of a waiver is one text"),
        (GOOD.replace("host: a", "host: {a: b}"), r"waivers.yml:1: `host` of a waiver is one text"),
        (GOOD.replace("host: a", "host:"), r"waivers.yml:1: `host` of a waiver is the name of one host"),
        (GOOD.replace("host: a", "host: ~"), r"`host` of a waiver is the name of one host"),
        (GOOD.replace("host: a", "host: 'gpu*'"), r"`host` of a waiver is the name of one host"),
        (GOOD.replace("host: a", "host: a, b"), r"`host` of a waiver is the name of one host"),
        (GOOD.replace("the fleet has a tool of its own", "null"), r"waivers.yml:1: the waiver has no reason"),
        (GOOD.replace("the fleet has a tool of its own", "~"), r"waivers.yml:1: the waiver has no reason"),
        (GOOD + "  until: 2030-01-01\n", r"waivers.yml:1: a waiver has `until` twice"),
        (GOOD.replace("RIG-UPD-005", "RIG-UPD-*"), r"there is no control `RIG-UPD-\*`"),
        ("waivers: []\nwaivres:\n" + GOOD, r"waivers.yml:1: a file of waivers has no `waivres`"),
        ("waivers:\nwaivers:\n" + GOOD, r"a file of waivers has `waivers` twice"),
        ("- ? [a, b]\n  : 1\n", r"a waiver has no `a list or mapping as a key`"),
        ("[" * 5000, r"nested too deeply"),
        ("- id: \x01\n", r"waivers.yml is not YAML: unacceptable character #x0001: special characters are not allowed$"),
        ("- RIG-UPD-005\n", r"waivers.yml:1: a waiver is made of"),
        ("id: RIG-UPD-005\n", r"holds no list of waivers"),
        ("a tool\n", r"holds no list of waivers"),
        ("- id: [\n", r"is not YAML"),
    ],
)
def test_what_is_not_sound_is_refused_with_its_line(parse, text, says) -> None:
    with pytest.raises(UsageError, match=says):
        parse(text)


def test_a_missing_file(tmp_path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read(tmp_path / "none.yml", KNOWN)


@pytest.mark.parametrize(
    ("host", "until", "state", "says"),
    [
        ("", TODAY, "waived", "until 2027-01-15: agreed"),
        ("a", date(2028, 1, 1), "waived", "until 2028-01-01: agreed"),
        ("b", date(2028, 1, 1), "fail", ""),
        ("", date(2027, 1, 14), "fail", "its waiver ended on 2027-01-14 (it was given because: agreed)"),
    ],
    ids=["last day", "this host", "another host", "run out"],
)
def test_a_failed_control_is_waived_here_and_now_only(host, until, state, says) -> None:
    judged = apply(found("RIG-UPD-005", "fail"), [Waiver("RIG-UPD-005", "agreed", until, host)], TODAY)
    assert (judged.answers[0].state, judged.answers[0].note) == (state, says)
    assert judged.compliant is (state == "waived")


def test_of_two_waivers_the_longer_counts() -> None:
    pair = [Waiver("RIG-UPD-005", "old", date(2026, 1, 1)), Waiver("RIG-UPD-005", "new", date(2028, 1, 1))]
    assert apply(found("RIG-UPD-005", "fail"), pair, TODAY).answers[0].state == "waived"


def test_a_waiver_that_is_not_needed_is_named() -> None:
    judged = apply(found("RIG-UPD-005", "pass"), [Waiver("RIG-UPD-005", "agreed", date(2028, 1, 1))], TODAY)
    assert judged.notes == ("the waiver of RIG-UPD-005 is not needed: the control passes",)
    assert judged.answers[0].state == "pass"

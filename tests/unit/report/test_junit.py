"""JUnit XML of a compliance check."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import xmlschema

from rigprov.errors import UnreachableError
from rigprov.model.compliance import Answer, Control, HostCompliance
from rigprov.report.junit import junit

SCHEMA = xmlschema.XMLSchema(Path(__file__).parents[2] / "fixtures" / "junit.xsd")
WHEN = datetime(2027, 1, 15, 12, 30, 1, 5, tzinfo=UTC)


def control(number) -> Control:
    return Control(f"RIG-TST-{number:03}", "high", "docker", "It is <so> & so", "or else", "mend it")


ANSWERS = (
    Answer(control(1), "pass", seconds=0.25),
    Answer(
        control(2), "fail", found="a\x1b[31m", expected="<b>", output=("line & one", "\x00two\ud800"), note="its waiver ended"
    ),
    Answer(control(3), "skip", note="no GPU"),
    Answer(control(4), "waived", note="until 2027-02-01: agreed"),
    Answer(control(5), "error", note="ValueError: x"),
)


@pytest.fixture
def document(tmp_path):
    def call(found):
        path = tmp_path / "junit.xml"
        path.write_text(junit(found, WHEN), encoding="utf-8")
        SCHEMA.validate(path)
        return SCHEMA.to_dict(path)

    return call


def test_each_state_is_counted_and_told(document) -> None:
    suite = document({"gpu1": HostCompliance("gpu1", ANSWERS)})["testsuite"][0]
    counts = {key: suite[f"@{key}"] for key in ("name", "tests", "failures", "errors", "skipped", "timestamp")}
    assert counts == {"name": "gpu1", "tests": 5, "failures": 1, "errors": 1, "skipped": 2, "timestamp": "2027-01-15T12:30:01"}
    cases = suite["testcase"]
    assert [sorted(set(case) - {"@name", "@classname", "@time"}) for case in cases] == [
        [],
        ["failure"],
        ["skipped"],
        ["skipped"],
        ["error"],
    ]
    assert cases[1]["@name"] == "RIG-TST-002 It is <so> & so"
    assert cases[1]["failure"]["@message"] == "found a?[31m, expected <b>"
    assert cases[1]["failure"]["$"].split("\n") == ["line & one", "?two?", "its waiver ended", "why: or else", "fix: mend it"]


def test_a_host_that_was_not_reached_is_an_error(document) -> None:
    found = document({"a": HostCompliance("a", ANSWERS[:1]), "b": UnreachableError("`b` is away", hint="wake it")})
    away = found["testsuite"][1]
    assert (away["@id"], away["@tests"], away["@errors"]) == (1, 1, 1)
    assert away["testcase"][0]["error"]["@message"] == "`b` is away"


def test_nothing_at_all_is_a_document(document) -> None:
    document({})


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('tests="1"', 'tests="one"'),
        ("<system-out />", ""),
        ('time="0.250"', 'time="-1"'),
        ('name="RIG-TST-001', 'nmae="RIG-TST-001'),
    ],
)
def test_the_schema_refuses_what_is_wrong(right, wrong) -> None:
    text = junit({"a": HostCompliance("a", ANSWERS[:1])}, WHEN)
    assert right in text
    SCHEMA.validate(text)
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        SCHEMA.validate(text.replace(right, wrong))

import json

import pytest

from rigprov.verify.evidence import Attempt, Broken, Damaged, from_document, read
from rigprov.verify.host.examine import BEGIN, END


def wrap(body: str) -> str:
    return f"motd of the host\n{BEGIN}\n{body}\n{END}\n"


def test_reads_between_the_markers() -> None:
    found = read(wrap(json.dumps({"config": {"threads": 2, "context": 512}, "failure": {"layer": "port", "message": "taken"}})))
    assert (found.threads, found.context, found.broken) == (2, 512, Broken("port", "taken"))


def test_reads_attempts() -> None:
    watch: dict[str, object] = {"seconds": 1.0, "wanted_cores": 2, "foreign_cores": 0.5, "stolen_cores": 0.1, "throttled_s": 0.0}
    watch["others"] = [{"name": "hog", "pid": 9, "cores": 0.5}]
    entry = {"series": 1, "run": 3, "tok_s": 9.5, "disturbed": True, "kept": False, "watch": watch}
    assert from_document({"attempts": [entry]}).attempts == (Attempt(1, 3, 9.5, True, False, 0.5, 0.1, 0.0, 2, (("hog", 0.5),)),)


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("", "the measurement ended without a result"),
        (f"{BEGIN}\n{{}}", "the measurement ended without a result"),
        (wrap('{"a": '), "the measurement came back damaged: JSONDecodeError"),
        (wrap("[]"), "the measurement came back damaged: AttributeError"),
        (wrap('{"attempts": [{}]}'), "the measurement came back damaged: KeyError"),
    ],
)
def test_damaged(output: str, words: str) -> None:
    with pytest.raises(Damaged) as caught:
        read(output)
    assert words in str(caught.value)

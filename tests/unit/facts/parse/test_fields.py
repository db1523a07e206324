"""Small readers that the parsers share."""

import pytest

from rigprov.facts.parse.fields import ParseError, document, number, pairs, parts, unescape


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"/mnt/my\040disk", "/mnt/my disk"),
        (r"C:\134", "C:\\"),
        (r"plain", "plain"),
        (r"a\09", r"a\09"),
        ("a\\", "a\\"),
        (r"\040\011", " \t"),
    ],
)
def test_unescape(text: str, expected: str) -> None:
    assert unescape(text) == expected


@pytest.mark.parametrize("text", ["", "12x", "1.5", "None"])
def test_number_says_what_it_should_have_been(text: str) -> None:
    with pytest.raises(ParseError, match=r"the size is not a number: "):
        number(text, "the size")


def test_document_tells_the_place() -> None:
    with pytest.raises(ParseError, match=r"not valid JSON: .*line 1 column 2"):
        document("{")


def test_pairs_keep_what_follows_the_first_equals_sign() -> None:
    assert pairs("a=1\nnothing\nb=x=y\nc=") == {"a": "1", "b": "x=y", "c": ""}


def test_parts_begin_at_headings() -> None:
    assert parts("stray\n==> one\n1\n2\n==> two\n") == {"one": "1\n2\n", "two": "\n"}

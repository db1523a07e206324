import pytest

from rigprov.verify.host.reply import in_first_piece, over
from rigprov.verify.host.web import RequestFailed


@pytest.mark.parametrize(
    ("tokens", "pieces", "expected"),
    [
        (4, ["a", "b", "c", "d"], 1.0),  # a token a piece, whatever their length
        (4, ["long", "b", "c", "d"], 1.0),
        (16, ["x" * 40] * 4, 4.0),  # four tokens in each of four pieces
        (17, ["x" * 10] + ["x" * 40] * 4, 1.0),  # bundled only after the first token
        (5, [], 1.0),
        (47, ["x"] * 46, 1.0),  # an end token without text
    ],
)
def test_tokens_in_the_first_piece(tokens: int, pieces: list[str], expected: float) -> None:
    assert in_first_piece(tokens, pieces) == pytest.approx(expected)


def test_rate() -> None:
    assert over(128, 8, 2.0) == 60.0


@pytest.mark.parametrize("seconds", [0.0, -1.0, 1e-320, 0.001, float("nan"), float("inf")])
def test_no_rate_that_cannot_be(seconds: float) -> None:
    with pytest.raises(RequestFailed, match="cannot be"):
        over(128, 1, seconds)

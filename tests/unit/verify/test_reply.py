import pytest

from rigprov.verify.host.reply import in_first_piece, over


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

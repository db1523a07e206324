"""What reaches the terminal."""

import pytest

from rigprov.model.outcome import Outcome, Problem
from rigprov.report.render import render

ODD = "\x1b[31mred\x1b[0m\x9b2J\r\x07 \t\u202f\u00fc"


def test_a_hosts_words_do_nothing_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    render(Outcome("verify", text=f"a\n{ODD}\n", problems=(Problem("x", ODD, hint=ODD),)), as_json=False)
    out, err = capsys.readouterr()
    plain = "?[31mred?[0m?2J?? \t\u202f\u00fc"
    assert out == f"a\n{plain}\n"
    assert err == f"error: {plain}\nhint: {plain}\n"

"""`apply` up to the point where it would touch a host."""

import io
import json
from pathlib import Path

import pytest

from rigprov.cli import main
from rigprov.commands import reach
from rigprov.errors import Exit


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--tier", "startre", "web", "--yes"], "unknown tier `startre`"),
        (["--tier", "starter", "web", "--yes", "--set", "docker.log_max_fil=3"], "role docker has no key `log_max_fil`"),
        (["--tier", "starter", "web", "--yes", "--set", "docker.log_max_file=many"], "`docker.log_max_file` in --set"),
        (["--tier", "starter", "web", "--yes", "-i", "nowhere.yml"], "nowhere.yml"),
        (["--tier", "starter", "web", "--yes", "-F", "nowhere"], "ssh configuration `nowhere` does not exist"),
        (["--tier", "starter", "web"], "there is no terminal to ask for consent on"),
        (["--tier", "starter", "--yes"], "HOST"),
        (["--tier", "starter", "web", "--yes", "--forks", "0"], "--forks"),
        (["--tier", "starter", "web", "--yes", "--serial", "0"], "`0` in `--serial 0` is no size of a batch"),
        (["--tier", "starter", "web", "--yes", "--serial", "1,many"], "`many` in `--serial 1,many` is no size of a batch"),
        (["--tier", "starter", "web", "--yes", "--serial", "2", "--max-failures", "-1"], "--max-failures"),
        (["--tier", "starter", "web", "--yes", "--max-failures", "1"], "`--max-failures` goes with `--serial`"),
        (["--tier", "starter", "web", "--yes", "--include-quarantined"], "`--include-quarantined` goes with `--serial`"),
        (["--tier", "starter", "web", "--yes", "--html", "no/such/x.html"], "there is no directory no/such"),
    ],
)
def test_bad_input_is_one_sentence_and_touches_nothing(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main(["apply", *words]) == Exit.USAGE
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert message in err
    assert "Traceback" not in err


def test_bad_input_in_json(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main(["apply", "--tier", "nix", "web", "--yes", "--json"]) == Exit.USAGE
    document = json.loads(capsys.readouterr().out)
    assert (document["command"], document["exit"], document["status"]) == ("apply", 2, "usage")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("answer", "agreed"), [("y\n", True), ("YES\n", True), ("\n", False), ("no\n", False), ("", False)])
def test_the_question(answer: str, agreed: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    assert reach.confirmed("Carry this out on web?", yes=False) is agreed
    assert capsys.readouterr() == ("", "Carry this out on web? [y/N] ")


def test_nothing_is_asked_with_yes(capsys: pytest.CaptureFixture[str]) -> None:
    reach.someone_answers(yes=True)
    assert reach.confirmed("?", yes=True)
    assert capsys.readouterr() == ("", "")

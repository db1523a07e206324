"""The command line: errors are one sentence with a way out, on stderr, with the right exit code."""

import json
import sys
from types import ModuleType

import pytest

from rigprov.cli import main
from rigprov.errors import Exit, HostKeyError, UnreachableError
from rigprov.model.outcome import Outcome, Problem

VERBS = "apply, plan, facts, verify, check, tiers, report, weights, doctor, trust, cloud-init, pull, render, rollback"
LISTS = "lists what can be given"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], f"error: no command given\nhint: one of: {VERBS}; `rigprov --help` explains them\n"),
        (["aply"], "error: there is no command `aply`\nhint: did you mean `apply`?\n"),
        (["zzz"], f"error: there is no command `zzz`\nhint: one of: {VERBS}\n"),
        (["--bogus"], "error: unrecognized arguments: --bogus\nhint: `rigprov --help` lists what can be given\n"),
        (
            ["apply", "a"],
            "error: the following arguments are required: --tier\nhint: `rigprov apply --help` lists what can be given\n",
        ),
    ],
)
def test_bad_words_are_one_sentence_and_exit_2(words, sentence, capsys):
    assert main(words) == Exit.USAGE
    assert capsys.readouterr() == ("", sentence)


@pytest.fixture
def verb(monkeypatch):
    """Replaces the `tiers` verb by a module that does what the test says."""

    def install(run):
        module = ModuleType("rigprov.commands.tiers")
        vars(module).update(add_arguments=lambda parser: parser.add_argument("--json", action="store_true"), run=run)
        monkeypatch.setitem(sys.modules, "rigprov.commands.tiers", module)

    return install


def raising(error):
    def run(_args):
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UnreachableError("web1 does not answer", hint="is it up?"), Exit.UNREACHABLE),
        (HostKeyError("web1 does not answer", hint="is it up?"), Exit.UNREACHABLE),
    ],
)
def test_an_expected_error_ends_with_its_exit_code(verb, error, code, capsys):
    verb(raising(error))
    assert main(["tiers"]) == code
    assert capsys.readouterr() == ("", "error: web1 does not answer\nhint: is it up?\n")


def test_a_defect_is_no_traceback_and_names_the_place(verb, capsys):
    verb(raising(ZeroDivisionError("oh")))
    assert main(["tiers"]) == Exit.INTERNAL
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: defect in rigprov ")
    assert "ZeroDivisionError: oh (test_cli.py:" in err
    assert "Traceback" not in err


def test_ctrl_c_is_130_and_says_how_to_go_on(verb, capsys):
    verb(raising(KeyboardInterrupt()))
    assert main(["tiers"]) == Exit.INTERRUPTED
    assert "run the same command again" in capsys.readouterr().err


def test_json_is_one_document_with_the_problems_inside_and_on_stderr(verb, capsys):
    problem = Problem("short", "no room", "buy a disk", host="a")
    verb(lambda _args: Outcome("tiers", data={"n": (1, 2)}, text="never printed", problems=(problem,), exit=Exit.BLOCKED))
    assert main(["tiers", "--json"]) == Exit.BLOCKED
    out, err = capsys.readouterr()
    document = json.loads(out)
    assert document.pop("rigprov_version")
    assert document == {
        "schema_version": 1,
        "command": "tiers",
        "exit": 3,
        "status": "blocked",
        "data": {"n": [1, 2]},
        "problems": [{"code": "short", "message": "no room", "hint": "buy a disk", "host": "a"}],
    }
    assert err == "error: a: no room\nhint: buy a disk\n"


def test_json_also_when_the_words_are_wrong(capsys):
    assert main(["tiers", "--nonsense", "--json"]) == Exit.USAGE
    assert json.loads(capsys.readouterr().out)["status"] == "usage"

import json
import os
from argparse import ArgumentParser
from pathlib import Path

import pytest

from rigprov.cli import main
from rigprov.commands.report import add_arguments, run
from rigprov.errors import UsageError
from rigprov.history.folder import folder_of, newest_first, proofs_folder
from rigprov.history.store import keep
from tests.unit.report.cases import NOT_MEASURED, STARTER, TWO_GPUS


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def fleet(here):
    for record in (TWO_GPUS, STARTER, NOT_MEASURED):
        keep(proofs_folder(os.environ), record, mask=str, warn=pytest.fail)
    return here


def report(*words):
    parser = ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args(words))


def test_one_host(fleet):
    made = report("demo")
    assert made.text.splitlines()[-1] == "report: rigprov-report-demo.html"
    page = (fleet / "rigprov-report-demo.html").read_text()
    assert "<h1" in page
    assert "rig-01" not in page
    assert made.data["file"] == str(fleet / "rigprov-report-demo.html")


@pytest.mark.parametrize(
    ("words", "hosts"),
    [
        (["all"], ["demo", "rig-01", "root@203.0.113.7:2222"]),
        (["rig-01", "demo", "rig-01"], ["rig-01", "demo"]),
        (["demo", "all"], ["demo", "rig-01", "root@203.0.113.7:2222"]),
    ],
)
def test_several_hosts_are_one_file(fleet, words, hosts):
    made = report(*words)
    assert [host["host"] for host in made.data["hosts"]] == hosts
    assert "Fleet" in (fleet / "rigprov-report.html").read_text()
    assert len(list(fleet.glob("*.html"))) == 1


def test_json_alone_writes_no_file(fleet, capsys):
    assert main(["report", "demo", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["data"]["hosts"][0]["proof"]["median"] == 82.1
    assert document["data"]["file"] is None
    assert list(fleet.glob("*.html")) == []


def test_json_and_a_file(fleet, capsys):
    assert main(["report", "demo", "--json", "--out", "x.html"]) == 0
    assert json.loads(capsys.readouterr().out)["data"]["file"] == str(fleet / "x.html")
    assert (fleet / "x.html").exists()


def test_standard_output(fleet, capsys):
    assert main(["report", "demo", "--out", "-"]) == 0
    assert capsys.readouterr().out.startswith("<!doctype html>\n")
    assert list(fleet.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "said", "hint"),
    [
        (["demos"], "no proof of `demos` is kept in ", "did you mean `demo`?"),
        (["zzz"], "no proof of `zzz` is kept in ", "`rigprov verify --tier TIER zzz` measures one"),
        (["demo", "--out", "-", "--json"], "`--out -` and `--json` both want standard output", "leave one out"),
        (["demo", "--out", ""], ". is a directory", "name another file with `--out`"),
        (["demo", "--out", "~nobody-is-called-so/x.html"], "there is no directory ~nobody-is-called-so", "make it first"),
        (["demo", "--out", "/nonexistent/x.html"], "there is no directory /nonexistent", "make it first"),
        (["demo", "--out", "thesis.html"], "thesis.html is there already and is no report of rigprov's", "`--out`"),
    ],
)
def test_what_cannot_be_done_says_why(fleet, words, said, hint):
    (fleet / "thesis.html").write_text("mine")
    with pytest.raises(UsageError) as caught:
        report(*words)
    assert str(caught.value).startswith(said)
    assert hint in str(caught.value.hint)
    assert (fleet / "thesis.html").read_text() == "mine"


def test_nothing_was_ever_measured(here, capsys):
    assert main(["report", "all"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: no proof is kept in ")
    assert "hint: `rigprov verify --tier TIER HOST` measures one\n" in said


def test_a_damaged_proof_is_a_warning(fleet, capsys):
    newest_first(folder_of(proofs_folder(os.environ), "demo"))[0].write_text("{")
    assert main(["report", "rig-01"]) == 0
    said = capsys.readouterr()
    assert said.err.startswith("warning: a kept proof is skipped: ")
    assert Path("rigprov-report-rig-01.html").exists()

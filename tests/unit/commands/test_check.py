"""`rigprov check` with pretended hosts: exit codes, what is handed on, what is printed."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from rigprov.cli import main
from rigprov.compliance import run as suite
from rigprov.compliance.run import Job
from rigprov.errors import Exit, UnreachableError
from rigprov.facts import collect
from rigprov.model.compliance import Answer, Control, HostCompliance
from tests.unit.facts.rigs import RIGS, rig

Capture = pytest.CaptureFixture[str]
GPU = "aws-g5"
WRONG = "RIG-SYS-006"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """Jobs that were handed to the suite. One control fails everywhere; the host `away` does not answer."""
    jobs: list[Job] = []

    def answer(control: Control) -> Answer:
        failed = control.id == WRONG
        return Answer(control, "fail" if failed else "pass", found="a" if failed else "", expected="b" if failed else "")

    def check(given: Sequence[Job], controls: Sequence[Control], access: object, say: object) -> dict[str, object]:
        jobs.extend(given)
        return {job.target.name: HostCompliance(job.target.name, tuple(map(answer, controls))) for job in given}

    def facts(targets: Sequence[object], access: object) -> dict[str, object]:
        names = [target.name for target in targets]  # type: ignore[attr-defined]
        return {name: UnreachableError(f"`{name}` is away") if name == "away" else rig(GPU) for name in names}

    assert GPU in RIGS
    monkeypatch.setattr(suite, "check", check)
    monkeypatch.setattr(collect, "collect", facts)
    return jobs


def run(capsys: Capture, *words: object) -> tuple[int, str, str]:
    code = main(["check", *map(str, words)])
    return code, *capsys.readouterr()


def test_a_failure_is_non_compliant(capsys: Capture, asked: list[Job]) -> None:
    code, out, err = run(capsys, "a", "--json")
    document = json.loads(out)
    assert (code, document["status"], document["data"]["hosts"]["a"]["compliant"]) == (Exit.BELOW_FLOOR, "below_floor", False)
    assert [one["control"]["id"] for one in document["data"]["hosts"]["a"]["answers"] if one["state"] == "fail"] == [WRONG]
    assert f"the gravest is {WRONG}, No reboot is pending" in err
    assert asked[0].promises.roles is None


def test_without_a_failure_it_is_compliant(capsys: Capture, asked: list[Job]) -> None:
    code, out, err = run(capsys, "a", "b", "--role", "docker")
    assert (code, err) == (Exit.OK, "")
    assert [line for line in out.splitlines() if "compliant" in line] == ["a: compliant", "b: compliant"]


def test_unreachable_outranks_non_compliant_and_the_others_are_checked(capsys: Capture, asked: list[Job]) -> None:
    code, out, err = run(capsys, "away", "a")
    assert (code, [job.target.name for job in asked]) == (Exit.UNREACHABLE, ["a"])
    assert "error: away: `away` is away" in err
    assert "a: not compliant" in out


def test_a_tier_s_plan_gives_the_promises(capsys: Capture, asked: list[Job]) -> None:
    run(capsys, "a", "--tier", "intermediate", "--set", "llm_runtime.port=9090")
    promised = asked[0].promises
    assert promised.roles is not None
    assert "nvidia_driver" in promised.roles
    assert (promised.port, promised.models_path, asked[0].how) == (9090, "/srv/models", rig_privilege())


def rig_privilege() -> str:
    from tests.unit.facts.rigs import facts

    return facts(GPU).privilege.how


def test_waivers_and_junit(capsys: Capture, asked: list[Job], tmp_path) -> None:
    (tmp_path / "w.yml").write_text(f"- id: {WRONG}\n  reason: on Sunday\n  until: 2999-01-01\n")
    code, out, _ = run(capsys, "a", "away", "--waivers", tmp_path / "w.yml", "--junit", tmp_path / "j.xml")
    assert code == Exit.UNREACHABLE
    assert f"waived  {WRONG}  No reboot is pending (until 2999-01-01: on Sunday)" in out
    text = (tmp_path / "j.xml").read_text()
    assert text.count("<testsuite ") == 2
    assert 'failures="0"' in text
    assert run(capsys, "a", "--waivers", tmp_path / "w.yml")[0] == Exit.OK


def test_a_folder_that_may_not_be_written_is_told_first(
    capsys: Capture, asked: list[Job], tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    code, _, err = run(capsys, "a", "--junit", tmp_path / "j.xml")
    assert (code, asked) == (Exit.USAGE, [])
    assert "cannot be written: you may not write there" in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_what_was_found_is_told_also_where_the_file_cannot_be_written(capsys: Capture, asked: list[Job]) -> None:
    code, out, err = run(capsys, "a", "--junit", "/dev/full")
    assert (code, len(asked)) == (Exit.USAGE, 1)
    assert WRONG in out
    assert "`/dev/full` cannot be written: No space left on device" in err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--id", "RIG-NO-1"], "there is no control"),
        (["--severity", "grave"], "there is no severity"),
        (["--role", "dcoker"], "there is no role"),
        (["--waivers", "/nonexistent.yml"], "cannot be read"),
        (["--junit", "/nonexistent/x.xml"], "cannot be written"),
        (["--junit", "/"], "cannot be written: it is a directory"),
        (["--junit", "/nonexistent/x.xml"], "cannot be written: there is no directory /nonexistent"),
        (["--junit", "~nobody-is-called-so/x.xml"], "cannot be written: there is no directory"),
        (["--junit", f"/tmp/{'x' * 300}"], "cannot be written: File name too long"),  # noqa: S108 (nothing is written)
        (["--waivers", "~nobody-is-called-so/w.yml"], "cannot be read: No such file"),
        (["-F", f"/{'x' * 300}"], "does not exist"),
        (["--severity", ""], "there is no severity ``"),
        (["--tier", ""], "unknown tier ``"),
        (["--tier", "~nobody-is-called-so/t.py"], "there is no tier file"),
        (["--model", "qwen3-8b"], "go with `--tier`"),
        (["--tier", "starer"], "starer"),
    ],
)
def test_wrong_input_is_found_before_a_host_is_touched(capsys: Capture, asked: list[Job], words, says) -> None:
    code, out, err = run(capsys, "a", *words)
    assert (code, out, asked) == (Exit.USAGE, "", [])
    assert says in err

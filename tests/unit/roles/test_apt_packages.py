"""What apt says beforehand decides whether a vendor's packages go in, and which go out again."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.roles.scripts import load

packages = load("apt_packages", "packages")
NEVER = ["nvidia-", "libnvidia-", "cuda-drivers"]
RECORD: dict[str, list[str]] = {"asked": [], "brought": [], "held": []}


def host(monkeypatch: pytest.MonkeyPatch, here: dict[str, str], said: str = "", status: int = 0, holds: str = "") -> list[str]:
    """A host with these packages on which apt says so; the simulations asked for are returned."""
    asked: list[str] = []

    def run(*argv: str) -> tuple[int, str]:
        if argv[0] == "dpkg-query":
            return 0, "".join(f"{name} {version} ii \n" for name, version in here.items()) + "half 1 iU \n"
        if argv[0] == "apt-mark":
            return 0, holds
        asked.append(" ".join(argv[5:]))
        return status, said

    monkeypatch.setattr(packages, "run", run)
    return asked


def question(missing: list[str], check: bool = False, **record: list[str]) -> dict[str, Any]:
    here = {"record": {**RECORD, **record}, "missing": missing, "hold": [], "unhold": []}
    return {"ask": "install", "here": here, "never": NEVER, "user": "cuda_toolkit", "check": check}


def test_what_comes_with_the_missing_packages_is_recorded_before(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "Inst cuda-cudart-12-9 (1 x [amd64])\nInst cuda-cudart-dev-12-9 (1 x)\nInst libc6 [1] (2 x [amd64])\nConf libc6 (2)\n"
    asked = host(monkeypatch, {"libc6": "1"}, said)

    assert packages.answer(question(["cuda-cudart-dev-12-9=1*"], held=["a"]))["record"] == {
        "asked": ["cuda-cudart-dev-12-9"],
        "brought": ["cuda-cudart-12-9"],
        "held": ["a"],
    }
    assert asked == ["install cuda-cudart-dev-12-9=1*"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Inst cuda-drivers (1)\nInst nvidia-driver-580:amd64 (1)\n", "also touch cuda-drivers, nvidia-driver-580, which is not"),
        (
            "Remv libnvidia-compute-570 [1]\nInst x (1)\n",
            "also touch libnvidia-compute-570, which is not the business of cuda_toolkit",
        ),
        ("Remv editor [1]\nInst x (1)\n", "apt would remove editor, which nobody asked for. No package was changed"),
        ("Inst kept [1] (2)\nInst x (1)\n", "apt would change kept, which is on hold and not by rigprov"),
    ],
)
def test_more_than_was_asked_is_refused(monkeypatch: pytest.MonkeyPatch, said: str, words: str) -> None:
    host(monkeypatch, {"kept": "1"}, said, holds="kept\n")

    with pytest.raises(packages.RefusedError, match=words):
        packages.answer(question(["x"]))


def test_its_own_hold_may_change(monkeypatch: pytest.MonkeyPatch) -> None:
    host(monkeypatch, {"kept": "1"}, "Inst kept [1] (2)\n", holds="kept\n")

    assert packages.answer(question(["kept=2"], asked=["kept"], held=["kept"])) == {
        "record": {"asked": ["kept"], "brought": [], "held": ["kept"]},
        "changed": False,
    }


def test_what_apt_cannot_do_is_said_in_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    said = (
        "The following packages have unmet dependencies:\n cuda-nvcc-12-8 : Depends: cuda-drivers but it is not installable\n"
        "E: Unable to correct problems, you have held broken packages.\n"
    )
    host(monkeypatch, {}, said, 100)

    with pytest.raises(packages.RefusedError, match="apt cannot install x: cuda-nvcc-12-8 : Depends: cuda-drivers but it is not"):
        packages.answer(question(["x"]))


def test_check_mode_cannot_know_packages_of_a_repository_that_is_not_there_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    host(monkeypatch, {}, "E: Unable to locate package x\n", 100)

    assert packages.answer(question(["x=1"], check=True))["record"]["asked"] == ["x"]
    with pytest.raises(packages.RefusedError, match="apt cannot install x=1: Unable to locate package x"):
        packages.answer(question(["x=1"]))


def survey(tmp_path: Path, record: dict[str, list[str]], rollback: bool = False, **changes: Any) -> dict[str, Any]:
    file = tmp_path / "record.json"
    file.write_text(json.dumps(record))
    wants = {"ask": "survey", "record": str(file), "user": "u", "install": [], "hold": [], "rollback": rollback}
    return dict(packages.answer({**wants, **changes}))


def test_survey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host(monkeypatch, {"a": "1.18.0-1", "b": "2"}, holds="b\nold\ntheirs\n")

    found = survey(tmp_path, {"held": ["old", "gone"]}, install=["a=1.18.*", "b=1", "half", "c"], hold=["a", "b"])

    # b is on hold, but apt takes that off when it changes b by order
    assert (found["missing"], found["hold"], found["unhold"]) == (["b=1", "half", "c"], ["a", "b"], ["old"])


@pytest.mark.parametrize(
    ("gone", "removed"),
    [("Remv a [1]\nRemv b [1]\n", ["a", "b"]), ("", ["a", "b"])],
)
def test_rollback_takes_out_what_came(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gone: str, removed: list[str]) -> None:
    host(monkeypatch, {"a": "1", "b": "1"}, gone)

    assert survey(tmp_path, {"asked": ["a"], "brought": ["b", "left-since"]}, rollback=True)["remove"] == removed


def test_rollback_leaves_what_somebody_needs_by_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host(monkeypatch, {"a": "1", "b": "1", "user-of-b": "1"})
    monkeypatch.setattr(packages, "simulate", lambda _, *names: ([], [*names, *(["user-of-b"] if "b" in names else [])]))

    assert survey(tmp_path, {"asked": ["a"], "brought": ["b"]}, rollback=True)["remove"] == ["a"]
    with pytest.raises(packages.RefusedError, match="Removing b would also remove user-of-b, which nobody asked for"):
        survey(tmp_path, {"asked": ["b"], "brought": []}, rollback=True)

"""`rigprov facts` from recordings and from a pretended host."""

import json
import shutil
from pathlib import Path

import pytest

from rigprov.cli import main
from rigprov.errors import Exit, RigprovError, UnreachableError
from rigprov.facts import collect as collecting
from rigprov.facts.recording import Recording, read
from tests.unit.facts.rigs import FOLDER, rig

Capture = pytest.CaptureFixture[str]


def run(capsys: Capture, *words: str | Path) -> tuple[int, str, str]:
    code = main(["facts", *map(str, words)])
    return code, *capsys.readouterr()


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Recording | RigprovError]:
    """What hosts answer; fill it."""
    found: dict[str, Recording | RigprovError] = {}
    monkeypatch.setattr(collecting, "collect", lambda targets, access: {target.name: found[target.name] for target in targets})
    return found


def test_text_of_a_recording(capsys: Capture) -> None:
    code, out, err = run(capsys, "--from", FOLDER / "desktop-3090")
    assert (code, err) == (Exit.OK, "")
    assert out.splitlines()[:4] == [
        "desktop-3090",
        "  system           Ubuntu 22.04.5 LTS, kernel 6.8.0-52-generic, x86_64",
        "  machine          no virtualisation found, systemd",
        "  access           ops, root: yes, by sudo without a password",
    ]


def test_json_of_several_recordings(capsys: Capture) -> None:
    code, out, err = run(capsys, "--from", FOLDER, "--json")
    document = json.loads(out)
    assert (code, err, document["command"]) == (Exit.OK, "", "facts")
    names = [host["host"] for host in document["data"]["hosts"]]
    assert names == sorted(path.name for path in FOLDER.iterdir())


def test_recording_of_one_host_and_of_several(
    capsys: Capture, answers: dict[str, Recording | RigprovError], tmp_path: Path
) -> None:
    answers |= {"a": rig("vast"), "b": rig("runpod")}
    assert run(capsys, "a", "--record", tmp_path / "one")[0] == Exit.OK
    assert run(capsys, "a", "b", "--record", tmp_path / "two")[0] == Exit.OK
    assert read(tmp_path / "one") == rig("vast")
    assert [read(tmp_path / "two" / name) for name in "ab"] == [rig("vast"), rig("runpod")]


def test_one_of_several_does_not_answer(capsys: Capture, answers: dict[str, Recording | RigprovError]) -> None:
    answers |= {"a": UnreachableError("`a` is away", hint="wake it"), "b": rig("vast")}
    code, out, err = run(capsys, "a", "b")
    assert (code, out.splitlines()[0], err) == (Exit.UNREACHABLE, "vast", "error: a: `a` is away\nhint: wake it\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "no host is named"),
        (("a", "--from", FOLDER), "`--from` stands in the place of hosts and of `--record`"),
        (("--from", "/nowhere"), "there is no directory `/nowhere`"),
        (("--from", FOLDER / "vast" / ".." / ".."), "is not a recording"),
        (("a", "--record", FOLDER / "vast"), "is not an empty directory"),
        (("a", "-F", "/nowhere"), "ssh configuration `/nowhere` does not exist"),
        (("a", "-i", "/nowhere"), "inventory `/nowhere` does not exist"),
    ],
)
def test_wrong_input_touches_nothing(capsys: Capture, answers: object, words: tuple[str | Path, ...], message: str) -> None:
    code, out, err = run(capsys, *words)
    assert (code, out, err.count("error: ")) == (Exit.USAGE, "", 1)
    assert message in err


def test_recording_with_a_truncated_file(capsys: Capture, tmp_path: Path) -> None:
    shutil.copytree(FOLDER / "vast", tmp_path / "rec")
    file = tmp_path / "rec" / "lsblk.txt"
    file.write_text(file.read_text()[:300])
    code, out, err = run(capsys, "--from", tmp_path / "rec")
    assert (code, out) == (Exit.USAGE, "")
    hint = "record again with `rigprov facts HOST --record DIR`"
    assert err == f"error: `{file}` is cut off: its last line is not `# exit N`\nhint: {hint}\n"

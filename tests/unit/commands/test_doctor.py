"""`rigprov doctor` from recordings and from pretended hosts."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from rigprov.cli import main
from rigprov.doctor import probe
from rigprov.errors import Exit, RigprovError, UnreachableError
from rigprov.facts.recording import Recording, read
from rigprov.history.folder import proofs_folder
from rigprov.history.store import keep
from tests.unit.doctor.hosts import BOOT, FOLDER, HEALTHY, HOSTS, proved, recorded
from tests.unit.facts.rigs import FOLDER as FACTS

Capture = pytest.CaptureFixture[str]
Answers = dict[str, Recording | RigprovError]

BROKEN = {"nvidia-smi": ("No devices were found", "", 6)}
HANGS = {"pci": ("", "", 124)}


def run(capsys: Capture, *words: str | Path) -> tuple[int, str, str]:
    code = main(["doctor", *map(str, words)])
    return code, *capsys.readouterr()


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """What hosts answer; fill it."""
    found: Answers = {}
    monkeypatch.setattr(probe, "ask", lambda targets, access: {target.name: found[target.name] for target in targets})
    return found


def test_a_recording_of_a_machine_without_gpu_is_fine(capsys: Capture) -> None:
    code, out, err = run(capsys, "--from", FOLDER / "no-gpu")

    assert (code, err) == (Exit.OK, "")
    assert "no NVIDIA GPU on the bus" in out


def test_json_of_several_recordings(capsys: Capture) -> None:
    code, out, err = run(capsys, "--from", FOLDER, "--json")
    document = json.loads(out)

    assert (code, err, document["command"], list(document["data"]["hosts"])) == (Exit.OK, "", "doctor", HOSTS)
    healthy = document["data"]["hosts"][HEALTHY]
    assert healthy["first_broken"] is None
    assert [one["name"] for one in healthy["layers"]] == ["pci", "module", "versions", "nvml", "cuda", "container", "model"]


def test_a_broken_layer_is_named_with_its_fix(capsys: Capture, answers: Answers) -> None:
    answers[HEALTHY] = recorded(HEALTHY, BROKEN)
    code, out, err = run(capsys, HEALTHY, "--json")

    assert (code, json.loads(out)["data"]["hosts"][HEALTHY]["first_broken"]) == (Exit.BELOW_FLOOR, "nvml")
    assert err.startswith(f"error: {HEALTHY}: NVML: the module is loaded, but the driver could not start any GPU\nhint: look at ")


def test_what_cannot_be_told_is_not_fine(capsys: Capture, answers: Answers) -> None:
    answers[HEALTHY] = recorded(HEALTHY, HANGS)
    code, _, err = run(capsys, HEALTHY)

    assert code == Exit.BELOW_FLOOR
    assert err.startswith(f"error: {HEALTHY}: PCI bus: could not tell: `pci` gave no answer in time\nhint: ")


def test_unreachable_outranks_broken(capsys: Capture, answers: Answers) -> None:
    answers |= {"a": UnreachableError("`a` is away", hint="wake it"), "b": recorded(HEALTHY, BROKEN)}
    code, out, err = run(capsys, "a", "b")

    assert (code, out.startswith(f"{HEALTHY}: broken at NVML")) == (Exit.UNREACHABLE, True)
    assert "error: a: `a` is away\nhint: wake it\n" in err


@pytest.mark.parametrize(("late", "state"), [(timedelta(hours=1), "fine"), (timedelta(hours=-1), "not proved")])
def test_f23_the_kept_proof_counts_if_it_is_of_this_boot(capsys: Capture, answers: Answers, tmp_path: Path, late, state) -> None:
    answers[HEALTHY] = recorded()
    keep(proofs_folder({"XDG_STATE_HOME": str(state_home())}), proved(BOOT + late), mask=str, warn=pytest.fail)
    code, out, _ = run(capsys, HEALTHY, "--json")

    assert (code, json.loads(out)["data"]["hosts"][HEALTHY]["layers"][-1]["state"]) == (Exit.OK, state)
    assert run(capsys, "--from", FOLDER / HEALTHY, "--json")[1].count("there is no proof of this host here") == 1


def state_home() -> Path:
    import os

    return Path(os.environ["XDG_STATE_HOME"])


def test_recording_of_one_host_and_of_several(capsys: Capture, answers: Answers, tmp_path: Path) -> None:
    answers |= {"a": recorded("no-gpu"), "b": recorded("wsl2")}
    assert run(capsys, "a", "--record", tmp_path / "one")[0] == Exit.OK
    assert run(capsys, "a", "b", "--record", tmp_path / "two")[0] == Exit.OK
    assert read(tmp_path / "one") == recorded("no-gpu")
    assert [read(tmp_path / "two" / name).host for name in "ab"] == ["no-gpu", "wsl2"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "no host is named"),
        (("a", "--from", FOLDER), "`--from` stands in the place of hosts and of `--record`"),
        (("--from", "/nowhere"), "there is no directory `/nowhere`"),
        (("--from", FACTS / "vast"), "is a recording of facts, which tells too little here"),
        (("a", "--record", FOLDER / "wsl2"), "is not an empty directory"),
        (("a", "-i", "/nowhere"), "inventory `/nowhere` does not exist"),
    ],
)
def test_wrong_input_touches_nothing(capsys: Capture, answers: Answers, words, message) -> None:
    code, out, err = run(capsys, *words)

    assert (code, out, err.count("error: ")) == (Exit.USAGE, "", 1)
    assert message in err

"""The probe asks what the fixtures hold, in stages, and leaves nothing; the container check pulls nothing and tidies up."""

import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest

from rigprov.doctor import probe
from rigprov.errors import RigprovError, UnreachableError
from rigprov.facts.connection import Access
from rigprov.facts.probe import Probe, read_output
from rigprov.facts.shell import ScriptResult
from rigprov.model.target import Target
from tests.unit.doctor.hosts import HOSTS, UUIDS, recorded

SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]
SCRIPT = probe.render().script
COMMANDS = dict(re.findall(r"^probe ([a-z0-9-]+) \d+ <<'END'\n(.*)\nEND$", SCRIPT, re.MULTILINE))
CONTAINER = str(files("rigprov.doctor").joinpath("container.sh"))


def test_fixtures_have_the_probe_s_sections_and_commands() -> None:
    for host in HOSTS:
        sections = recorded(host).sections
        assert sorted(sections) == sorted([*COMMANDS, "privilege"])
        assert {name: sections[name].command for name in COMMANDS} == COMMANDS


def test_every_mark_is_filled_in_and_cannot_be_guessed() -> None:
    assert re.findall(r"@[A-Z_]+@", SCRIPT) == []
    assert probe.render().mark != probe.render().mark


def test_it_looks_before_it_asks() -> None:
    """Asking the driver makes its device nodes; whether they were there must be seen first. The kernel's log comes last."""
    order = list(COMMANDS)
    for earlier, later in [
        ("nodes-before", "nvidia-smi"),
        ("modules", "nvidia-smi"),
        ("nvidia-smi", "nodes-after"),
        ("cuda-kernel", "kernel-log"),
    ]:
        assert "settle" in SCRIPT[SCRIPT.index(f"probe {earlier} ") : SCRIPT.index(f"probe {later} ")]
        assert order.index(earlier) < order.index(later)
    assert order[-1] == "kernel-log"


@pytest.mark.parametrize("shell", SHELLS)
def test_it_runs_under_plain_shells_and_leaves_nothing(shell: str, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("docker", "systemctl", "journalctl", "dmesg"):  # those of this machine are nobody's business
        (tools / tool).write_text("#!/bin/sh\necho nothing to see >&2; exit 1\n")
        (tools / tool).chmod(0o755)
    (tools / "nvidia-smi").write_text("#!/bin/sh\nls \"$RIGPROV_PROBE\" | grep -c '^cuda_kernel.py$'; exit 9\n")
    (tools / "nvidia-smi").chmod(0o755)
    asked = probe.render()
    command = [shutil.which(shell) or shell, *(["sh"] if shell == "busybox" else [])]
    # Where it may write is the first of its choices that it can; they are all shut but ours.
    script = asked.script.replace('/run /dev/shm "${TMPDIR:-/tmp}" /var/tmp', f'"{tmp_path}"')
    environment = {"PATH": f"{tools}:/usr/sbin:/usr/bin:/sbin:/bin"}
    done = subprocess.run(command, input=script, capture_output=True, text=True, check=False, env=environment, timeout=60)
    sections = read_output(asked, done.stdout, "rig")

    assert (done.returncode, sorted(sections)) == (0, sorted(COMMANDS))
    assert {name: sections[name].command for name in COMMANDS} == COMMANDS
    assert (sections["nvidia-smi"].output, sections["nvidia-smi"].rc) == ("1", 9)
    assert sections["uname"].rc == 0
    assert [path.name for path in tmp_path.iterdir()] == ["tools"]


def test_answers_are_redacted_and_failures_named(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Probe("", "m")
    secret = "hf_" + "abcdefgh12345678"
    good = f"m begin engine-log\nx\nm out\n{secret}\n\nm err\n\nm end 0\nm complete\n"
    results = {
        "a": ScriptResult(0, good, "", "ops", "sudo"),
        "b": UnreachableError("`b` is away"),
        "c": ScriptResult(0, "cut off", ""),
    }
    monkeypatch.setattr(probe, "render", lambda: asked)
    monkeypatch.setattr(probe, "run_script", lambda targets, access, script, **how: results)
    found = probe.ask([Target(name) for name in "abc"], Access())

    assert isinstance(found["b"], RigprovError)
    assert str(found["c"]) == "the probe on `c` ended early"
    assert not isinstance(found["a"], RigprovError)
    assert found["a"].sections["engine-log"].output == "<redacted>"
    assert "how=sudo" in found["a"].sections["privilege"].output


DOCKER = """#!/bin/sh
echo "$*" >>{log}
case $1 in
version) exit {down} ;;
image) printf '%s' '{images}' ;;
run) case "$*" in {case} esac ;;
esac
"""
IMAGES = "c3 alpine:3\nb2 example/ubuntu:24.04\na1 nvidia/cuda:13.0\nb2 other/ubuntu:24.04\nd4 busybox:1\n"


def contained(tmp_path: Path, images: str = IMAGES, case: str = "*) exit 0 ;;", down: int = 0) -> tuple[int, str, list[str]]:
    log = tmp_path / "log"
    path = tmp_path / "docker"
    path.write_text(DOCKER.format(log=log, images=images, case=case, down=down))
    path.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    done = subprocess.run(["sh", CONTAINER], capture_output=True, text=True, check=False, env=environment, timeout=30)
    return done.returncode, done.stdout, log.read_text().splitlines()


def test_a_container_of_an_image_that_is_here(tmp_path: Path) -> None:
    rc, out, calls = contained(tmp_path, case=f"*) echo {UUIDS[0]} ;;")

    assert rc == 0
    assert out == "".join(
        f"==> docker run {way} nvidia/cuda:13.0\n{UUIDS[0]}\n--> exit 0\n"
        for way in ("--device nvidia.com/gpu=all", "--gpus all")
    )
    ran = [call for call in calls if call.startswith("run")]
    for word in ("--rm", "--pull never", "--network none", "--read-only", "--cap-drop ALL", "--entrypoint nvidia-smi", " a1 "):
        assert all(word in call for call in ran), word
    assert calls[-1].startswith("rm -f rigprov-doctor-")


def test_an_image_without_a_c_library_says_nothing_and_three_are_enough(tmp_path: Path) -> None:
    _, out, calls = contained(tmp_path, case='*" a1 "*) exit 127 ;; *" b2 "*) exit 126 ;; *) exit 127 ;;')

    assert [line for line in out.splitlines() if line.startswith("-->")] == ["--> exit 127", "--> exit 126", "--> exit 127"] * 2
    assert [call.split(" --query")[0].split()[-1] for call in calls if call.startswith("run")] == ["a1", "b2", "c3"] * 2


def test_no_image_and_no_engine(tmp_path: Path) -> None:
    assert contained(tmp_path, images="")[:2] == (4, "")
    assert contained(tmp_path, down=1)[:2] == (3, "")

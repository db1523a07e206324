"""The probe runs under plain shells, tells each command apart, and ends in time."""

import re
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from rigprov.catalog import sources
from rigprov.catalog.sources import SOURCE_NAMES
from rigprov.errors import UnreachableError
from rigprov.facts import probe
from rigprov.facts.probe import Probe
from rigprov.facts.recording import Section
from tests.unit.facts.rigs import RIGS, rig

pytestmark = pytest.mark.process

SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]


def test_sections() -> None:
    text = (
        "noise\nm begin one\necho a\nm out\na\n\nm err\n\nm end 0\n"
        "m begin two\nfalse; x\nm out\n\nm err\nsh: x: not found\n\nm end 127\nm complete\n"
    )
    assert probe.read_output(Probe("", "m"), text, "rig") == {
        "one": Section("one", "echo a", "a", "", 0),
        "two": Section("two", "false; x", "", "sh: x: not found", 127),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("m begin one\necho a\nm out\na\n", "the probe on `rig` ended early"),
        ("", "the probe on `rig` ended early"),
        (
            "m failed no directory for temporary files can be written\n",
            "`rig` cannot be probed: no directory for temporary files can be written",
        ),
    ],
)
def test_output_that_is_not_whole(text: str, message: str) -> None:
    with pytest.raises(UnreachableError) as caught:
        probe.read_output(Probe("", "m"), text, "rig")
    assert str(caught.value) == message


def test_marks_cannot_be_guessed() -> None:
    assert probe.render().mark != probe.render().mark


def test_every_source_is_asked() -> None:
    asked = re.findall(r"^reach (\w+) ", probe.render().script, re.MULTILINE)
    assert asked == list(SOURCE_NAMES)


def test_without_pip_the_index_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "default_python_index", lambda: "")
    assert "|| echo '')" in probe.render().script


def test_the_default_index_comes_from_pip() -> None:
    pytest.importorskip("pip", reason="this environment was made without pip")
    assert sources.default_python_index().startswith("https://")


def test_fixtures_have_the_probe_s_sections() -> None:
    names = set(re.findall(r"^(?:probe|look|copy) ([a-z0-9-]+)\b", probe.render().script, re.MULTILINE))
    names |= {f"reach-{name}" for name in SOURCE_NAMES} | {"privilege"}
    assert {name: sorted(set(rig(name).sections) ^ names) for name in RIGS} == {name: [] for name in RIGS}


def run(shell: str, asked: Probe, environment: dict[str, str]) -> str:
    command = [shutil.which(shell) or shell, *(["sh"] if shell == "busybox" else [])]
    with TemporaryDirectory() as folder:  # what the script itself starts by the name `sh` is this shell, too
        Path(folder, "sh").symlink_to(command[0])
        own = {**environment, "PATH": f"{folder}:{environment['PATH']}"}
        done = subprocess.run(command, input=asked.script, capture_output=True, text=True, check=False, env=own, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout


OWN = """
probe fine 3 <<'END'
echo out; echo err >&2
END
probe slow 1 <<'END'
echo begun; sleep 20
END
probe odd 3 <<'END'
printf 'no end'; exit 5
END
look seen <<'END'
cd /nowhere; name=x; read -r v </proc/sys/kernel/ostype && echo "$v"; exit 3
END
"""


def framed(lines: str) -> Probe:
    """The probe's frame around other lines."""
    whole = probe.render()
    head = whole.script[: whole.script.index("# --- Slow ones first")]
    tail = whole.script[whole.script.index("# --- A command that hangs") :]
    return Probe(head + lines + tail, whole.mark)


@pytest.fixture
def quick() -> Probe:
    """Four commands of its own."""
    return framed(OWN)


@pytest.mark.parametrize("shell", SHELLS)
def test_frame(shell: str, quick: Probe, tmp_path: Path) -> None:
    started = time.monotonic()
    output = run(shell, quick, {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TMPDIR": str(tmp_path), "LANG": "de_DE.UTF-8"})
    found = probe.read_output(quick, output, "rig")
    assert found == {
        "fine": Section("fine", "echo out; echo err >&2", "out", "err", 0),
        "slow": Section("slow", "echo begun; sleep 20", "begun", "", 124),
        "odd": Section("odd", "printf 'no end'; exit 5", "no end", "", 5),
        "seen": replace(found["seen"], output="Linux", rc=3),
    }
    assert "/nowhere" in found["seen"].errors
    assert found["seen"].command.startswith("cd /nowhere; name=x; read")
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("shell", SHELLS)
def test_files_are_taken_as_they_are(shell: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("one\n\n two")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    cases: dict[str, tuple[str, str, str, int]] = {
        "here": (f"{tmp_path}/file", "one\n\n two", "", 0),
        "gone": (f"{tmp_path}/gone", "", f"cat: {tmp_path}/gone: No such file or directory", 1),
        "gone-3": (f"{tmp_path}/gone 3", "", "", 3),
        "here-3": (f"{tmp_path}/file 3", "one\n\n two", "", 0),
        "link-3": (f"{tmp_path}/link 3", "", f"cat: {tmp_path}/link: Permission denied", 1),
        "folder": (str(tmp_path), "", f"cat: {tmp_path}: Is a directory", 1),
    }
    asked = framed("".join(f"copy {name} {words}\n" for name, (words, *_) in cases.items()))
    output = run(shell, asked, {"PATH": "/usr/bin:/bin"})
    wanted = {
        name: Section(name, f"cat {words.split()[0]}", output, errors, rc) for name, (words, output, errors, rc) in cases.items()
    }
    assert probe.read_output(asked, output, "rig") == wanted


@pytest.mark.parametrize("shell", SHELLS)
def test_what_never_ends_is_not_waited_for(shell: str) -> None:
    """A command that hangs in the kernel has no end that could be awaited; the rest is told."""
    asked = framed("look stuck <<'END'\necho begun; sleep 6\nEND\nprobe fine 3 <<'END'\nsleep 0.5; echo out\nEND\n")
    asked = replace(asked, script=asked.script.replace("ended 12 $names", "ended 1 $names"))
    started = time.monotonic()
    found = probe.read_output(asked, run(shell, asked, {"PATH": "/usr/bin:/bin"}), "rig")
    assert (found["stuck"].output, found["stuck"].rc, found["fine"].output, found["fine"].rc) == ("begun", 124, "out", 0)
    assert 1 <= time.monotonic() - started < 5


CLOCK = """#!/bin/sh
n=$(cat {folder}/n 2>/dev/null || echo 0); echo $((n + 1)) >{folder}/n
echo $((1795720365000000000 + n * {step_ms} * 1000000))
"""


@pytest.mark.parametrize(("step_ms", "seconds"), [(1, 1), (35, 3), (9999, 10)])
def test_a_slow_machine_is_given_more_time(quick: Probe, tmp_path: Path, step_ms: int, seconds: int) -> None:
    """The limit of one second grows with the time that a program takes to start."""
    noted = f'#!/bin/sh\nshift 2; echo "$1" >>{tmp_path}/limits\n[ "$1" != {seconds} ] || exit 124\nshift; exec "$@"\n'
    for name, text in {"date": CLOCK.format(folder=tmp_path, step_ms=step_ms), "timeout": noted}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    output = run("dash", quick, {"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert sorted((tmp_path / "limits").read_text().split(), key=int) == [str(seconds), str(3 * seconds)]
    assert probe.read_output(quick, output, "rig")["slow"].rc == 124


CURL = """#!/bin/sh
[ {side_by_side} = True ] || case " $* " in *" -Z "*) exit 2 ;; esac
rc=0 before= out=
for word; do
    [ "$before" != -o ] || out=$word
    before=$word
    case $word in http*) ;; *) continue ;; esac
    name=${{word##*/}}
    echo asked >>{folder}/$name
    code=000
    [ $name = deaf ] || [ "$(grep -c . <{folder}/$name)" -lt {answers_at} ] || code=200
    if [ $code = 000 ]; then rc=28; echo 'curl: (28) no answer of 127.0.0.1' >&2; fi
    if [ "$out" = /dev/null ]; then echo $code; elif [ $code = 200 ]; then printf 'HTTP/2 200\\r\\n' >"$out"; fi
done
exit $rc
"""


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("side_by_side", [True, False])  # curl before 7.66 cannot
@pytest.mark.parametrize("course", [(1, 1, "200"), (2, 2, "200"), (3, 2, "000")])  # answers at which asking, asked, said
def test_where_no_source_answers_all_are_asked_again(
    shell: str, tmp_path: Path, course: tuple[int, int, str], side_by_side: bool
) -> None:
    """A network that comes up late is no machine without a way out; one source that never answers is nothing odd."""
    answers_at, asked, said = course
    whole = probe.render()
    head, tail = whole.script.split("# --- Slow ones first")[0], whole.script[whole.script.index("# --- A command that hangs") :]
    reach = re.search(r"^reach\(\) \{.*?^\}\n", whole.script, re.MULTILINE | re.DOTALL)
    assert reach
    lines = "reach late \"'http://127.0.0.1:1/late'\"\nreach deaf \"\\$(echo http://127.0.0.1:1/deaf)\"\nreach none ''\nsources\n"
    (tmp_path / "curl").write_text(CURL.format(folder=tmp_path, answers_at=answers_at, side_by_side=side_by_side))
    (tmp_path / "curl").chmod(0o755)
    output = run(shell, Probe(head + reach[0] + lines + tail, whole.mark), {"PATH": f"{tmp_path}:/usr/sbin:/usr/bin:/sbin:/bin"})
    found = probe.read_output(whole, output, "rig")
    assert found["reach-late"].output.splitlines() == ["http://127.0.0.1:1/late", said]
    assert (found["reach-late"].rc, found["reach-deaf"].rc) == (0 if said == "200" else 28, 28)
    assert found["reach-deaf"].errors.splitlines()[0] == "curl: (28) no answer of 127.0.0.1"
    assert (found["reach-none"].output, found["reach-none"].rc) == ("", 1)
    assert len((tmp_path / "late").read_text().split()) == len((tmp_path / "deaf").read_text().split()) == asked

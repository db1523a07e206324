"""Directories of a run, and what a killed run leaves."""

import signal
import subprocess
import sys
from pathlib import Path

from rigprov.facts.scratch import scratch

HELD = """
import sys
from pathlib import Path
from rigprov.facts.scratch import scratch
with scratch("ansible", Path(sys.argv[1])) as made:
    (made / "hosts").mkdir()
    (made / "hosts/hosts.json").write_text("secret")
    print(made, flush=True)
    sys.stdin.read()
"""


def holder(parent: Path) -> tuple["subprocess.Popen[str]", Path]:
    process = subprocess.Popen([sys.executable, "-c", HELD, parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    return process, Path(process.stdout.readline().strip())


def test_private_and_gone_afterwards(tmp_path: Path) -> None:
    with scratch("ssh", tmp_path) as made:
        assert (made.parent, made.name.startswith("rigprov-ssh-"), made.stat().st_mode & 0o777) == (tmp_path, True, 0o700)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_removed_by_the_next_and_what_is_in_use_stays(tmp_path: Path) -> None:
    with holder(tmp_path)[0] as killed, holder(tmp_path)[0] as living:
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert len(list(tmp_path.iterdir())) == 2
        with scratch("ansible", tmp_path) as own:
            assert len(list(tmp_path.iterdir())) == 2
            assert (own / "hosts").exists() is False
        assert [path.read_text() for path in tmp_path.rglob("hosts.json")] == ["secret"]
        living.communicate("")
    assert list(tmp_path.iterdir()) == []


def test_what_others_made_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "rigprov-notes").mkdir()
    elsewhere = tmp_path / "mine"
    elsewhere.mkdir()
    (elsewhere / ".in-use").touch()
    (tmp_path / "rigprov-link").symlink_to(elsewhere)
    (tmp_path / "rigprov-file").touch()
    with scratch("ssh", tmp_path):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "rigprov-file", "rigprov-link", "rigprov-notes"]
    assert (elsewhere / ".in-use").exists()

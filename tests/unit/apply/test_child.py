import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from rigprov.apply import child
from rigprov.apply.child import DROP, PARENT, environment


def test_unwanted_variables_and_rigprovs_own_stay_out() -> None:
    given = {"PATH": "/bin", "HF_TOKEN": "x", "ANSIBLE_STRATEGY": "free", "ANSIBLE_PIPELINING": "True"}
    given |= {DROP: "HF_TOKEN,ANSIBLE_STRATEGY", PARENT: "1"}
    assert environment(given) == {"PATH": "/bin", "ANSIBLE_PIPELINING": "True"}


def test_it_dies_with_its_parent(tmp_path: Path) -> None:
    """A stand-in for ansible-playbook is started the same way; then the process that started it is killed hard."""
    stand_in = tmp_path / "ansible-playbook"
    note = f"pathlib.Path({str(tmp_path)!r}, 'pid').write_text(str(os.getpid()))"
    stand_in.write_text(f"#!{sys.executable}\nimport time, pathlib, os\n{note}\ntime.sleep(60)\n")
    stand_in.chmod(0o755)
    starter = (
        "import os, subprocess, sys, time\n"
        f"env = {{**os.environ, 'PATH': {str(tmp_path)!r} + os.pathsep + os.environ['PATH'], {PARENT!r}: str(os.getpid())}}\n"
        f"subprocess.Popen([sys.executable, '-P', {child.__file__!r}], env=env)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", starter])
    pid = int(_wait_for(tmp_path / "pid"))
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 10
    while _runs(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _runs(pid)


def test_it_does_not_start_for_a_parent_that_is_gone() -> None:
    ended = subprocess.run(
        [sys.executable, "-P", child.__file__], env={**os.environ, PARENT: "1"}, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (1, "process 1 is gone\n")


def _wait_for(path: Path) -> str:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if path.exists() and (text := path.read_text()):
            return text
        time.sleep(0.02)
    raise AssertionError(f"{path} did not appear")


def _runs(pid: int) -> bool:
    """Alive and not merely waiting for somebody to read its exit code."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False

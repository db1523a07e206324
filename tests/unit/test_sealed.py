"""The seal around unit tests holds: each way out is tried."""

import socket
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from tests.conftest import SHIM_EXIT, TOOLS, ReachedOutError


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_started_by_a_shell_is_a_stand_in(tool: str) -> None:
    done = subprocess.run(["sh", "-c", f"{tool} --version"], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (SHIM_EXIT, f"unit test reached {tool}: --version\n")


def test_a_tool_given_by_its_path_is_refused() -> None:
    with pytest.raises(ReachedOutError, match="starts the real /usr/bin/apt-get"):
        subprocess.run(["/usr/bin/apt-get", "update"], check=False)


def test_the_virtual_environments_ansible_is_refused() -> None:
    playbook = Path(sys.executable).parent / "ansible-playbook"

    with pytest.raises(ReachedOutError, match="starts the real"):
        subprocess.run([playbook, "--version"], check=False)


def test_pexpect_as_ansible_runner_uses_it_is_refused() -> None:
    playbook = Path(sys.executable).parent / "ansible-playbook"

    with pytest.raises(OSError, match="starts the real"):
        pexpect.spawn(str(playbook), ["--version"])


def test_an_address_outside_is_refused() -> None:
    with socket.socket() as connection, pytest.raises(ReachedOutError, match=r"connects to 192\.0\.2\.1"):
        connection.connect(("192.0.2.1", 22))


def test_home_is_not_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed_home = Path.home()
    monkeypatch.undo()

    assert sealed_home != Path.home()

"""Roles on a live target through the real playbooks, as somebody would run them with plain Ansible."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.targets.reachable import Reachable

CHECKOUT = Path(__file__).parents[2]
_RECAP = re.compile(r"ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)")


@dataclass(frozen=True)
class Played:
    """What one run of a playbook came to."""

    rc: int
    changed: int
    text: str

    @property
    def verdict(self) -> tuple[int, int]:
        """Exit code and number of changed tasks."""
        return self.rc, self.changed

    @property
    def words(self) -> str:
        """All output with line breaks and indentation folded, so that wrapped messages can be searched."""
        return " ".join(self.text.split())


def command(target: Reachable, playbook: str, values: Mapping[str, object], *flags: str) -> list[str]:
    """The ansible-playbook command line; values travel as in a test of one's own, on the command line."""
    tool = str(Path(sys.executable).parent / "ansible-playbook")
    extra = json.dumps(dict(values))
    return [tool, "-i", str(target.inventory), "-l", target.name, "-e", extra, *flags, str(CHECKOUT / "playbooks" / playbook)]


def environment() -> dict[str, str]:
    """The checkout's own configuration, whatever the caller's says."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    ours = {"ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1", "LC_ALL": "C.UTF-8"}
    return {**own, **ours, "ANSIBLE_TIMEOUT": "120"}  # sudo on an emulated processor, beside other work, takes its time


def apply(target: Reachable, roles: Iterable[str], *, check: bool = False, **values: object) -> Played:
    """Converge the roles."""
    flags = ("--check", "--diff") if check else ()
    return _play(target, "site.yml", {"rigprov_roles": list(roles), **values}, *flags)


def apply_one(target: Reachable, role: str, values: Mapping[str, object], *, check: bool = False) -> Played:
    """Converge one role by its tag, which leaves out the tasks that would be skipped: most of a short role's time."""
    flags = ("--tags", role, *(("--check", "--diff") if check else ()))
    return _play(target, "site.yml", {"rigprov_roles": [role], **values}, *flags)


def rollback(target: Reachable, roles: Iterable[str], **values: object) -> Played:
    """Take the roles out again."""
    return _play(target, "rollback.yml", {"rigprov_rollback_roles": list(roles), **values})


def start(target: Reachable, roles: Iterable[str], **values: object) -> "subprocess.Popen[bytes]":
    """Begin to converge and do not wait: for tests that cut a run off. End it with `cut`."""
    words = command(target, "site.yml", {"rigprov_roles": list(roles), **values})
    quiet = subprocess.DEVNULL
    return subprocess.Popen(words, env=environment(), stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)


def cut(process: "subprocess.Popen[bytes]") -> None:
    """SIGKILL for a run begun with `start`, and for what it started itself."""
    # Ansible's workers have sessions of their own, and one that waits for a machine without power would wait for hours.
    for one in _family(process.pid):
        with suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)
    process.wait()


def _family(process: int) -> list[int]:
    """A process, its children, and theirs; none if it has ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        lists = [path.read_text().split() for path in Path(f"/proc/{process}/task").glob("*/children")]
        return [process, *(one for child in lists for name in child for one in _family(int(name)))]
    return []


def _play(target: Reachable, playbook: str, values: Mapping[str, object], *flags: str) -> Played:
    done = subprocess.run(
        command(target, playbook, values, *flags),
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=1800,  # a build of the engine takes ten minutes on two cores, and longer beside other work
        check=False,
    )
    recap = _RECAP.search(done.stdout)
    assert recap, f"Ansible never came to its recap:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return Played(done.returncode, int(recap[2]), done.stdout + done.stderr)


def out(target: Reachable, line: str) -> str:
    """Output of a shell command on the target, which has to succeed."""
    done = target.run(line)
    assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
    return done.stdout.strip()


_CHANGES_BY_ITSELF = (
    *("/var/log", "/var/cache/apt", "/var/lib/systemd/timers", "/var/lib/sudo", "/tmp", "/var/tmp"),  # noqa: S108  (the target's)
    *("/root/.ansible", "/home/ops/.ansible", "*/__pycache__"),
    "/run",  # only its size would be seen, which changes with the lock of a run
)


def state(target: Reachable) -> list[str]:
    """Everything that a role could change: files with size, mode and owner, packages, units, groups.

    Without the sizes of directories: these grow with what was in them once, and do not shrink again.
    """
    skipped = " -o ".join(f"-path '{path}'" for path in _CHANGES_BY_ITSELF)
    row = "-type d -printf '%p - %m %u\\n' -o -printf '%p %s %m %u %l\\n'"
    files = f"sudo find / -xdev '(' {skipped} ')' -prune -o {row} | sort"
    units = "systemctl list-unit-files --no-legend | grep -v transient"
    return out(target, f"{files}; dpkg --get-selections; {units}; getent group").splitlines()

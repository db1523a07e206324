"""The machine as the controls see it: commands over testinfra, each asked once, and the questions that many share."""

import base64
import re
import shlex
from typing import Any, NoReturn

import pytest

from rigprov.compliance.promises import Promises

# What a login of the administrator's would see, in English.
_AROUND = "LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export LC_ALL PATH; "
UNIT = "rigprov-llm.service"
KEY_FILE = "/etc/rigprov/llm/api_key"
_GPUS = (
    "for d in /sys/bus/pci/devices/*; do [ -r $d/vendor ] || continue; "
    'case "$(cat $d/vendor) $(cat $d/class)" in "0x10de 0x03"*) echo ${d##*/};; esac; done'
)


class Output:
    """What a command gave."""

    def __init__(self, rc: int, out: str, err: str) -> None:
        self.rc, self.out, self.err = rc, out, err

    @property
    def lines(self) -> list[str]:
        """Lines that are not empty."""
        return [line for line in self.out.splitlines() if line.strip()]

    @property
    def both(self) -> str:
        """Output and errors."""
        return f"{self.out}\n{self.err}".strip()


class Machine:
    """One host. A command is run once and its answer kept, since a control only reads."""

    def __init__(self, host: Any, promises: Promises) -> None:
        self.host = host
        self.promises = promises
        self._kept: dict[str, Output] = {}

    def run(self, command: str, *, again: bool = False) -> Output:
        """Run POSIX shell as root, at most a minute where the machine knows how to limit it."""
        if again or command not in self._kept:
            plain = _untemplated(command)
            limited = f"if command -v timeout >/dev/null; then timeout 60 sh -c {shlex.quote(plain)}; else {plain}\nfi"
            done = self.host.run(_AROUND + limited)
            self._kept[command] = Output(done.rc, _text(done.stdout_bytes), _text(done.stderr_bytes))
        return self._kept[command]

    def out(self, command: str) -> str:
        """Its output, without the space around."""
        return self.run(command).out.strip()

    def ok(self, command: str) -> bool:
        """Whether it ends well."""
        return self.run(command).rc == 0

    def has(self, program: str) -> bool:
        """Whether there is such a program."""
        return self.ok(f"command -v {program}")

    def needs(self, program: str) -> None:
        """Skip where the program is missing that the control asks."""
        if not self.has(program):
            skip(f"{program} is not installed, and tells what this control asks")

    @property
    def container(self) -> bool:
        """Whether kernel, clock and disks are another machine's."""
        probe = "systemd-detect-virt --container 2>/dev/null || { [ -e /.dockerenv ] || grep -qz ^container= /proc/1/environ; }"
        return self.ok(probe)

    def not_in_container(self, why: str) -> None:
        """Skip in a container."""
        if self.container:
            skip(f"in a container {why}")

    def needs_systemd(self) -> None:
        """Skip without systemd."""
        if not self.ok("[ -d /run/systemd/system ]"):
            skip("systemd does not run this machine")

    @property
    def gpus(self) -> list[str]:
        """NVIDIA GPUs on the PCI bus."""
        return self.run(_GPUS).lines

    def needs_gpu(self) -> None:
        """Skip without an NVIDIA GPU. In a container the bus shows what the container may not use."""
        if self.container and not self.ok("[ -e /dev/nvidiactl ]"):
            skip("no NVIDIA GPU is given to this container")
        if not self.gpus and not self.ok("[ -e /dev/nvidiactl ]"):
            skip("there is no NVIDIA GPU")

    def needs_driver(self) -> None:
        """Skip where no NVIDIA module is loaded: another control says so."""
        self.needs_gpu()
        if not self.ok("[ -r /proc/driver/nvidia/version ]"):
            skip("no NVIDIA driver is loaded (RIG-DRV-001)")

    def own_kernel(self) -> None:
        """Skip where the kernel is another machine's: a container, WSL."""
        self.not_in_container("the kernel is the outer machine's")
        if self.ok("grep -qi microsoft /proc/sys/kernel/osrelease"):
            skip("the kernel is Windows' (WSL)")

    def promised(self, role: str) -> bool | None:
        """Whether the plan runs the role; None: there is no plan."""
        roles = self.promises.roles
        return None if roles is None else role in roles

    def needs_role(self, role: str, there: str) -> None:
        """Skip where neither the plan wants the role's work nor the machine has any (`there` is the test for that)."""
        if not self.promised(role) and not self.ok(there):
            skip(f"{'the plan does not run' if self.promised(role) is False else 'there is no trace of'} role {role} here")

    def needs_apt(self) -> None:
        """Skip on machines of another package manager."""
        if not self.has("dpkg-query"):
            skip("dpkg does not manage this machine")

    @property
    def packages(self) -> dict[str, str]:
        """Installed packages and their versions."""
        listed = self.run("dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Version}\\n' 2>/dev/null").lines
        rows = [line.split() for line in listed]
        return {row[1]: row[2] for row in rows if len(row) == 3 and row[0][1:2] == "i"}  # noqa: PLR2004

    def show(self, unit: str, name: str) -> str:
        """One property of a unit."""
        return self.out(f"systemctl show --value -p {name} {unit} 2>/dev/null")


def skip(reason: str) -> NoReturn:
    """The control does not apply."""
    pytest.skip(reason)


def figure(text: str) -> float | None:
    """The first number in a text."""
    found = re.search(r"-?\d+(?:\.\d+)?", text)
    return float(found[0]) if found else None


def _untemplated(command: str) -> str:
    """For testinfra's Ansible backend, which would take a Go template's braces for its own."""
    if "{{" not in command:
        return command
    return f'eval "$(echo {base64.b64encode(command.encode()).decode()} | base64 -d)"'


def _text(data: bytes) -> str:
    return data.decode("utf-8", errors="replace")

"""What every throw-away machine has in common, container or virtual: a name, and a login over SSH."""

import subprocess
import time
from pathlib import Path

from tests.targets import clients
from tests.targets.system import TargetError


class Reachable:
    """A machine that is reached by its name over SSH."""

    name: str
    folder: Path  # what the controller keeps of it

    @property
    def ssh_config(self) -> Path:
        """An ssh configuration in which `ssh -F FILE NAME` reaches it, its host key checked."""
        return clients.ssh_config()

    @property
    def inventory(self) -> Path:
        """An Ansible inventory with it, and every container that is up."""
        return clients.inventory()

    def run(self, command: str, timeout_s: float = 600) -> subprocess.CompletedProcess[str]:
        """Run a shell command as `ops` over SSH."""
        words = ["ssh", "-F", str(self.ssh_config), self.name, command]
        return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout_s, check=False)

    def wait_for_login(self, timeout_s: float = 60) -> None:
        """Wait until a command over SSH works."""
        end = time.monotonic() + timeout_s
        while self.run("true").returncode:
            if time.monotonic() > end:
                tail = (self.folder / "console.log").read_text(errors="replace")[-2000:]
                raise TargetError(f"{self.name}: no login over SSH after {timeout_s:.0f} s; its console:\n{tail}")
            time.sleep(0.05)

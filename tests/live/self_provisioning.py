"""Machines that provision themselves with the output of `rigprov cloud-init`: the wheel, the seed, and what came of it.

Nobody logs in: what a machine wrote is read from its disk on the controller.
"""

import json
import re
import subprocess
import sys
import threading
import time
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.live.play import out
from tests.meta.checkout import ROOT
from tests.targets import Target

BRIDGE = "10.78.0.1"  # the controller, as targets see it
RESULT = "var/lib/rigprov/pull/result.json"
SEED = "var/lib/cloud/seed/nocloud"
# A target has its network, its host key, its user and its package sources from the harness, and its disk is what it is.
_OURS = """\
datasource_list: [NoCloud]
network: {config: disabled}
ssh_deletekeys: false
apt: {preserve_sources_list: true}
growpart: {mode: "off"}
resize_rootfs: false
users: []
"""


class Wheel:
    """The checkout's wheel, offered over HTTP to whoever can reach `address`."""

    def __init__(self, folder: Path, address: str = BRIDGE) -> None:
        words = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
        subprocess.run(words, cwd=ROOT, check=True, capture_output=True)
        (self.path,) = folder.glob("*.whl")
        self.sha256 = sha256(self.path.read_bytes()).hexdigest()
        self._http = ThreadingHTTPServer((address, 0), partial(_Quiet, directory=str(folder)))
        self._http.daemon_threads = True
        self.port = self._http.server_address[1]
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def source(self, address: str = BRIDGE) -> list[str]:
        """Options of `rigprov cloud-init` that mean it."""
        return ["--source", f"http://{address}:{self.port}/{self.path.name}", "--sha256", self.sha256]

    def close(self) -> None:
        """Stop listening."""
        self._http.shutdown()
        self._http.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nothing: the test's own output is enough."""


def seed(target: Target, user_data: Path) -> None:
    """Turn a target into one that cloud-init sets up at its next boot."""
    install = "apt-get -qq -y --no-install-recommends install cloud-init > /dev/null"
    out(target, f"sudo apt-get -qq update; sudo DEBIAN_FRONTEND=noninteractive {install}")
    folder = target.root / SEED
    folder.mkdir(parents=True)
    (folder / "user-data").write_text(user_data.read_text())
    (folder / "meta-data").write_text(f"instance-id: {target.name}\nlocal-hostname: {target.name}\n")
    (target.root / "etc/cloud/cloud.cfg.d/99-target.cfg").write_text(_OURS)


def power_cycle(target: Target, *, lose_unwritten: bool = False) -> None:
    """Cut the power and boot again."""
    target.kill(lose_unwritten=lose_unwritten)
    target.start()


def result(target: Target) -> dict[str, Any]:
    """What the machine says of itself; empty before it says anything."""
    path = target.root / RESULT
    return json.loads(path.read_text()) if path.exists() else {}


def waited(target: Target, *states: str, timeout_s: float = 900) -> dict[str, Any]:
    """The result, once it is one of these."""
    end = time.monotonic() + timeout_s
    while (found := result(target)).get("state") not in states:
        assert time.monotonic() < end, (found, console(target)[-3000:])
        time.sleep(0.5)
    return found


def printed(target: Target, pattern: str, timeout_s: float = 20) -> None:
    """Wait until the console shows it: the result comes first."""
    end = time.monotonic() + timeout_s
    while not re.search(pattern, console(target)):
        assert time.monotonic() < end, console(target)[-3000:]
        time.sleep(0.2)


def console(target: Target) -> str:
    """What the machine printed on its console."""
    return (target.folder / "console.log").read_text(errors="replace")

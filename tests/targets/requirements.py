"""What this machine must offer before a throw-away machine can boot on it."""

import os
import shutil
from pathlib import Path

from tests.targets import cgroup

PACKAGES = Path(__file__).with_name("debian-packages.txt")

# A program of each Debian package that the harness itself calls.
_PROGRAMS = {
    "ssh": "openssh-client",
    "mmdebstrap": "mmdebstrap",
    "systemd-nspawn": "systemd-container",
    "mke2fs": "e2fsprogs",
    "ip": "iproute2",
    "nft": "nftables",
    "gpg": "gnupg",
    "openssl": "openssl",
}


def problems() -> list[str]:
    """Why no throw-away machine can boot here, in words; empty when one can."""
    found = []
    if os.geteuid() != 0:
        found.append("not root: booting a container takes root")
    missing = sorted({package for program, package in _PROGRAMS.items() if shutil.which(program) is None})
    if missing:
        found.append(f"Debian packages missing: {' '.join(missing)}")
    if not cgroup.kill_folder().is_dir() or not os.access(cgroup.kill_folder(), os.W_OK):
        found.append(f"no writable cgroup v2 tree at {cgroup.kill_folder()}")
    if not Path("/dev/loop-control").exists():
        found.append("no loop devices: /dev/loop-control is missing")
    return found

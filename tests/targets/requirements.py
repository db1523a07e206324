"""What this machine must offer before a throw-away machine can boot on it."""

import os
import shutil
from collections.abc import Iterator
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

_PROGRAMS_OF_VIRTUAL_MACHINES = {
    "ssh": "openssh-client",
    "mmdebstrap": "mmdebstrap",
    "mke2fs": "e2fsprogs",
    "sfdisk": "fdisk",
    "qemu-system-x86_64": "qemu-system-x86",
    "qemu-img": "qemu-utils",
    "genisoimage": "genisoimage",
}


def problems() -> list[str]:
    """Why no throw-away machine can boot here, in words; empty when one can."""
    found = []
    if os.geteuid() != 0:
        found.append("not root: booting a container takes root")
    found += [*_missing(_PROGRAMS), *_no_groups()]
    if not Path("/dev/loop-control").exists():
        found.append("no loop devices: /dev/loop-control is missing")
    return found


def virtual_machine_problems() -> list[str]:
    """Why no virtual machine can boot here, in words; empty when one can."""
    found = []
    if os.geteuid() != 0:
        found.append("not root: a control group and a root file system take root")
    return [*found, *_missing(_PROGRAMS_OF_VIRTUAL_MACHINES), *_no_groups()]


def _missing(programs: dict[str, str]) -> Iterator[str]:
    if missing := sorted({package for program, package in programs.items() if shutil.which(program) is None}):
        yield f"Debian packages missing: {' '.join(missing)}"


def _no_groups() -> Iterator[str]:
    if not cgroup.kill_folder().is_dir() or not os.access(cgroup.kill_folder(), os.W_OK):
        yield f"no writable cgroup v2 tree at {cgroup.kill_folder()}"

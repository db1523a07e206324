"""A unit test reaches no real tool, no network and no file of the user's.

Programs that change a machine are shadowed on PATH, because ansible-runner and pyinfra start theirs in ways that a patched
`subprocess` doesn't see; an audit hook watches what the tests' own process does. Tests marked live, gpu, wheel or browser are
exempt.
"""

import errno
import itertools
import os
import shutil
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import settings

# A machine that does something else too fails no test: speed is the benchmarks' business.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

EXEMPT = ("live", "gpu", "wheel", "browser")

TOOLS = (
    *("ssh", "scp", "sftp", "ssh-keyscan", "sshpass", "sudo", "su"),
    *("ansible", "ansible-playbook", "ansible-galaxy"),
    *("docker", "dockerd", "podman", "nvidia-smi", "modprobe", "dkms"),
    *("apt", "apt-get", "apt-mark", "dpkg", "snap", "curl", "wget"),
    *("systemctl", "reboot", "shutdown", "service", "usermod", "useradd", "groupadd"),
    *("mount", "umount", "losetup", "swapon", "swapoff", "mkswap", "parted", "wipefs", "sfdisk"),
    *("mkfs", "mkfs.ext4", "mkfs.xfs", "mkfs.btrfs"),
)

SHIM_EXIT = 97


class ReachedOutError(AssertionError):
    """A unit test was about to reach something real."""


class _Watch:
    """What the audit hook asks; a hook can't be taken out again, so it is switched."""

    on = False
    own_folder = Path("/nonexistent")  # pytest's temporary folder: stand-ins of tests lie in it


def _audit(event: str, args: tuple[object, ...]) -> None:
    if not _Watch.on:
        return
    if event == "socket.connect":
        _check_address(args[1])
    elif event in ("subprocess.Popen", "os.exec", "os.posix_spawn") and (real := _real_tool(args[0], args[1])):
        message = f"a unit test starts the real {real}"
        # `exec` happens in a fork of pytest, which ends only at an error of this kind
        raise PermissionError(errno.EPERM, message) if event == "os.exec" else ReachedOutError(message)


def _check_address(address: object) -> None:
    if not isinstance(address, tuple):
        return  # a Unix socket
    try:
        outside = not ip_address(str(address[0]).partition("%")[0]).is_loopback
    except ValueError:
        outside = address[0] != "localhost"
    if outside:
        raise ReachedOutError(f"a unit test connects to {address[0]}")


def _real_tool(program: object, args: object) -> Path | None:
    found = Path(shutil.which(os.fsdecode(program)) or "") if isinstance(program, str | bytes | os.PathLike) else Path()
    # a test's own stand-in lies in its temporary folder
    if found.name not in TOOLS or found.is_relative_to(_Watch.own_folder) or _only_reads(found.name, args):
        return None
    return found


def _only_reads(name: str, args: object) -> bool:
    """`ssh -G` prints the configuration for a host and connects to nothing."""
    return name == "ssh" and isinstance(args, list | tuple) and "-G" in [os.fsdecode(word) for word in args]


sys.addaudithook(_audit)


@pytest.fixture(scope="session")
def shims(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with a stand-in for every tool, which says what was called and exits 97."""
    folder = tmp_path_factory.mktemp("shims")
    for tool in TOOLS:
        real = shutil.which(tool)
        way_out = f'case " $* " in *" -G "*) exec {real} "$@";; esac\n' if tool == "ssh" and real else ""
        path = folder / tool
        path.write_text(f'#!/bin/sh\n{way_out}echo "unit test reached {tool}: $*" >&2\nexit {SHIM_EXIT}\n')
        path.chmod(0o755)
    return folder


_numbers = itertools.count()


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the tests' home directories. pytest itself looks through all names of a folder to find the next number."""
    return tmp_path_factory.mktemp("homes")


@pytest.fixture(autouse=True)
def sealed(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    shims: Path,
    homes: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """Seal a unit test off from the machine that it runs on."""
    if any(map(request.node.get_closest_marker, EXEMPT)):
        yield
        return
    home = homes / str(next(_numbers))
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("CONFIG", "STATE", "CACHE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    for name in ("SSH_AUTH_SOCK", "ANSIBLE_CONFIG", "ANSIBLE_INVENTORY", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", f"{shims}{os.pathsep}{os.environ['PATH']}")
    _Watch.own_folder = tmp_path_factory.getbasetemp()
    _Watch.on = True
    try:
        yield
    finally:
        _Watch.on = False

"""Role swap on live machines, on each file system it is made for. Swap is the kernel's, so every file is small."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live.conftest import Targets
from tests.live.play import Played, apply, cut, out, rollback, start, state
from tests.targets import Target
from tests.targets.system import run

pytestmark = pytest.mark.live
ROLE = ["swap"]
ACTIVE = "sudo swapon --show=NAME,TYPE --noheadings --raw | grep -v unreachable; true"
FSTAB = "/swapfile none swap sw 0 0"


@pytest.fixture
def host(targets: Targets) -> Target:
    return targets(1, swap=True, disk_mib=2048)[0]


def swap(target: Target, size_mib: int, *, check: bool = False, **values: object) -> Played:
    return apply(target, ROLE, check=check, swap_size_mib=size_mib, **values)


def size(target: Target, path: str = "/swapfile") -> int:
    return int(out(target, f"stat -c %s {path}")) // 1048576


def test_life_of_the_role(host: Target) -> None:
    bare = state(host)
    assert swap(host, 64, check=True).rc == 0
    assert state(host) == bare

    first, second = swap(host, 64), swap(host, 64)
    assert first.rc == 0, first.text
    assert second.verdict == (0, 0), second.text
    assert (out(host, ACTIVE), size(host), out(host, "stat -c '%a %U' /swapfile")) == ("/swapfile file", 64, "600 root")
    assert FSTAB in out(host, "cat /etc/fstab; findmnt --verify >/dev/null && echo valid").splitlines()
    assert "vm.swappiness = 10" in out(host, "cat /etc/sysctl.d/60-rigprov-swap.conf")

    assert swap(host, 96).rc == 0
    assert (out(host, ACTIVE), size(host)) == ("/swapfile file", 96)
    assert swap(host, 96).verdict == (0, 0)

    assert rollback(host, ROLE).rc == 0
    assert (out(host, ACTIVE), state(host)) == ("", bare)
    assert rollback(host, ROLE).verdict == (0, 0)
    assert swap(host, 64).rc == 0
    assert swap(host, 64).verdict == (0, 0)


@pytest.fixture
def other(host: Target, tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """`other("xfs")` mounts a file system of that kind on the host's /mnt/other."""
    loops: list[str] = []

    def mount(kind: str) -> None:
        run("truncate", "-s", "1G", tmp_path / "disk")
        run(f"mkfs.{kind}", "-q", tmp_path / "disk")
        loops.append(run("losetup", "--find", "--show", tmp_path / "disk").strip())
        node = f"sudo mknod /dev/other b 7 {loops[0].removeprefix('/dev/loop')}"
        out(host, f"{node} && sudo mkdir /mnt/other && sudo mount /dev/other /mnt/other")

    yield mount
    host.run("sudo swapoff /mnt/other/swap; sudo umount /mnt/other")  # both are the kernel's, not only the machine's
    for loop in loops:
        run("losetup", "--detach", loop)


@pytest.mark.nightly
@pytest.mark.parametrize(("filesystem", "method"), [("xfs", "fallocate"), ("btrfs", "btrfs"), ("ext4", "dd")])
def test_file_systems(host: Target, other: Callable[[str], None], filesystem: str, method: str) -> None:
    if not shutil.which(f"mkfs.{filesystem}"):
        pytest.skip(f"mkfs.{filesystem} is not installed here")
    other(filesystem)
    values: dict[str, Any] = {"swap_file": "/mnt/other/swap", "swap_method": method}

    done = swap(host, 64, **values)
    assert done.rc == 0, done.text
    assert (out(host, ACTIVE), size(host, "/mnt/other/swap")) == ("/mnt/other/swap file", 64)
    assert swap(host, 64, **values).verdict == (0, 0)
    assert rollback(host, ROLE, **values).rc == 0
    assert out(host, f"{ACTIVE}; ls /mnt/other | grep swap; true") == ""


@pytest.mark.nightly
@pytest.mark.skipif(not shutil.which("mkfs.btrfs"), reason="mkfs.btrfs is not installed here")
def test_what_the_kernel_refuses_is_given_up_with_everything_as_it_was(host: Target, other: Callable[[str], None]) -> None:
    other("btrfs")  # where a file made by fallocate is copied on write
    done = swap(host, 64, swap_file="/mnt/other/swap", swap_method="fallocate")

    assert (done.rc, "Invalid argument" in done.words, "ext4, xfs or btrfs" in done.words) == (2, True, True), done.text
    assert out(host, f"{ACTIVE}; ls -A /mnt/other; grep swap /etc/fstab; true") == ""


def test_a_file_that_is_no_swap_is_never_touched(host: Target) -> None:
    out(host, "echo precious | sudo tee /swapfile")
    done = swap(host, 64)
    assert (done.rc, done.changed, "Move it away" in done.words) == (2, 0, True), done.text
    assert out(host, "cat /swapfile") == "precious"
    assert rollback(host, ROLE).rc == 0
    assert out(host, "cat /swapfile") == "precious"


def test_swap_of_the_users_own_is_adopted_and_outlives_rollback(host: Target) -> None:
    out(host, "sudo sh -c 'dd if=/dev/zero of=/swapfile bs=1M count=64 status=none; mkswap /swapfile'")
    out(host, "echo /swapfile none swap defaults 0 0 | sudo tee -a /etc/fstab")
    mine = out(host, "cat /etc/fstab; sudo blkid -p -s UUID /swapfile")

    assert swap(host, 64).rc == 0
    assert swap(host, 64).verdict == (0, 0)
    assert out(host, f"{ACTIVE}; stat -c %a /swapfile") == "/swapfile file\n600"
    assert rollback(host, ROLE).rc == 0
    assert out(host, "cat /etc/fstab; sudo blkid -p -s UUID /swapfile") == mine


def test_no_room(host: Target) -> None:
    done = swap(host, 4096)
    assert (done.rc, done.changed, "does not fit" in done.words) == (2, 0, True), done.text


def test_nothing_but_swappiness_when_the_size_is_0(host: Target) -> None:
    assert swap(host, 0).verdict == (0, 1)
    assert out(host, f"{ACTIVE}; ls /swapfile 2>/dev/null; grep swap /etc/fstab; true") == ""


@pytest.mark.nightly
def test_a_run_that_is_cut_off_is_finished_by_the_next(host: Target) -> None:
    process = start(host, ROLE, swap_size_mib=900, swap_method="dd")
    out(host, "for i in $(seq 600); do test -e /swapfile.rigprov-new && break; sleep 0.05; done")
    host.kill()
    cut(process)
    host.start()

    assert swap(host, 900, swap_method="dd").rc == 0
    assert (out(host, ACTIVE), size(host), out(host, "ls /swapfile*")) == ("/swapfile file", 900, "/swapfile")
    assert swap(host, 900, swap_method="dd").verdict == (0, 0)

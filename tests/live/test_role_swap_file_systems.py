"""Role swap on each file system it is made for, and on those that it refuses. Swap is the kernel's, so every file is small."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live.conftest import Targets
from tests.live.play import out, rollback
from tests.live.test_role_swap import ACTIVE, ROLE, size, swap
from tests.targets import Target
from tests.targets.system import run

pytestmark = [pytest.mark.live, pytest.mark.nightly]
Mounted = Callable[..., None]


@pytest.fixture
def host(targets: Targets) -> Target:
    return targets(1, swap=True, disk_mib=2048)[0]


@pytest.fixture
def other(host: Target, tmp_path: Path) -> Iterator[Mounted]:
    """`other("xfs")` mounts a file system of that kind, on one disk or more, on the host's /mnt/other."""
    loops: list[str] = []

    def mount(kind: str, *flags: str, disks: int = 1, programs: bool = True) -> None:
        if not shutil.which(f"mkfs.{kind}"):
            pytest.skip(f"mkfs.{kind} is not installed here")
        for number in range(disks):
            run("truncate", "-s", "1G", tmp_path / str(number))
            loops.append(run("losetup", "--find", "--show", tmp_path / str(number)).strip())
        run(f"mkfs.{kind}", "-q", *flags, *loops)
        if kind == "btrfs" and programs:  # which a machine that has one always has
            out(host, "sudo apt-get -qq update && sudo apt-get -qq install btrfs-progs > /dev/null")
        nodes = "; ".join(f"mknod /dev/other{at} b 7 {loop.removeprefix('/dev/loop')}" for at, loop in enumerate(loops))
        devices = "".join(f",device=/dev/other{at}" for at in range(1, disks))
        out(host, f"sudo sh -c '{nodes}; mkdir /mnt/other; mount -o rw{devices} /dev/other0 /mnt/other'")

    yield mount
    host.run("sudo swapoff /mnt/other/swap /mnt/other/in/swap; sudo umount /mnt/other")  # the kernel's, not only the machine's
    for loop in loops:
        run("losetup", "--detach", loop)


@pytest.mark.parametrize(
    ("filesystem", "method"), [("xfs", "fallocate"), ("btrfs", "btrfs"), ("ext4", "dd"), ("ext3", "dd"), ("ext3", "fallocate")]
)
def test_f45_file_systems(host: Target, other: Mounted, filesystem: str, method: str) -> None:
    """ext3 cannot allocate without writing, so there fallocate is given up for dd."""
    other(filesystem)
    values: dict[str, Any] = {"swap_file": "/mnt/other/swap", "swap_method": method}

    done = swap(host, 64, **values)
    assert done.rc == 0, done.text
    assert (out(host, ACTIVE), size(host, "/mnt/other/swap")) == ("/mnt/other/swap file", 64)
    assert swap(host, 64, **values).verdict == (0, 0)
    assert swap(host, 96, **values).rc == 0
    assert size(host, "/mnt/other/swap") == 96
    assert rollback(host, ROLE, **values).rc == 0
    assert out(host, f"{ACTIVE}; ls /mnt/other | grep swap; true") == ""


def test_f45_a_file_with_holes_is_written_out(host: Target) -> None:
    """A fallocate that leaves holes, as on xfs before Linux 4.18; swapon refuses them for real."""
    out(host, 'printf \'#!/bin/sh\\nexec truncate -s "${2%%iB}" "$3"\\n\' | sudo tee /usr/local/bin/fallocate')
    out(host, "sudo chmod 755 /usr/local/bin/fallocate")
    done = swap(host, 64)
    assert done.rc == 0, done.text
    assert "/swapfile file" in out(host, ACTIVE).splitlines()
    assert out(host, "stat -c '%b' /swapfile") == str(64 * 2048)


BTRFS = {
    "two devices": (("-d", "single"), 2, "true", "/mnt/other/swap", "it has 2 devices, and a swap file has to lie on one"),
    "mirrored": (("-d", "dup", "-m", "dup"), 1, "true", "/mnt/other/swap", "its data is kept as DUP"),
    "snapshot": (
        (),
        1,
        "btrfs subvolume create /mnt/other/in; btrfs subvolume snapshot -r /mnt/other/in /mnt/other/snap",
        "/mnt/other/in/swap",
        "its subvolume /mnt/other/in has a snapshot",
    ),
}


@pytest.mark.parametrize("name", BTRFS)
def test_f45_btrfs_that_cannot_take_a_swap_file_is_told_before_anything_is_made(host: Target, other: Mounted, name: str) -> None:
    flags, disks, before, file, sentence = BTRFS[name]
    other("btrfs", *flags, disks=disks)
    out(host, f"sudo sh -c '{before}'")
    done = swap(host, 64, swap_file=file, swap_method="btrfs")
    assert (done.rc, done.changed, sentence in done.words) == (2, 0, True), done.text


def test_f45_btrfs_that_cannot_be_looked_at_is_refused(host: Target, other: Mounted) -> None:
    other("btrfs", programs=False)
    done = swap(host, 64, swap_file="/mnt/other/swap", swap_method="btrfs")
    assert (done.rc, done.changed, "btrfs-progs is not installed" in done.words) == (2, 0, True), done.text


def test_f45_what_the_kernel_refuses_is_given_up_with_everything_as_it_was(host: Target, other: Mounted) -> None:
    other("btrfs")  # where a file made by fallocate is copied on write
    done = swap(host, 64, swap_file="/mnt/other/swap", swap_method="fallocate")

    assert (done.rc, "Invalid argument" in done.words, "ext4, xfs or btrfs" in done.words) == (2, True, True), done.text
    assert out(host, f"{ACTIVE}; ls -A /mnt/other; grep swap /etc/fstab; true") == ""

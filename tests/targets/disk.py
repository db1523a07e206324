"""A machine's disk: an ext4 image on a loop device, copied from a pristine one.

A disk of its own makes three things true to life: it fills up at its size, overlay2 and a swap file work on it, and a power
cut loses what was not yet written.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.targets.system import TargetError, locked, run

# include/uapi/linux/fs.h: _IOR('X', 125, __u32), the ioctl behind xfs_io's `shutdown`; with NOLOGFLUSH nothing more is
# written, neither the journal nor dirty pages.
_SHUTDOWN = 0x8004587D
_NOLOGFLUSH = 2


def copy(image: Path, to: Path) -> None:
    """Make a machine's disk; holes stay holes, so a 16 GiB disk takes what is used on it."""
    run("cp", "--sparse=always", image, to)


def mount(image: Path, on: Path) -> None:
    """Mount the disk; after a power cut this replays its journal.

    `nobarrier`: no flush of the real disk behind, which the controller's own crash alone could tell apart.
    """
    on.mkdir(parents=True, exist_ok=True)
    for left in reversed(range(10)):
        try:
            with locked("loop"):  # two at once can be told the same free loop device
                run("mount", "-t", "ext4", "-o", "loop,noatime,nobarrier", image, on)
        except TargetError as problem:
            if not left or "failed to setup loop device" not in str(problem):
                raise
            time.sleep(0.1)  # somebody else on this machine took it
        else:
            return


def is_mounted(on: Path) -> bool:
    """Whether the disk is mounted."""
    return on.is_mount()


def unmount(on: Path) -> None:
    """Unmount the disk, as soon as the kernel has let go of it; its loop device frees itself."""
    if not on.is_mount():
        return
    _swap_off(on)
    error = "busy"
    for _ in range(100):
        try:
            run("umount", "-R", on)
        except TargetError as problem:
            error = str(problem)
            time.sleep(0.05)
        else:
            return
    raise TargetError(error)


def unmount_for_good(on: Path, timeout_s: float = 90) -> None:
    """Unmount the disk and wait until its file system has ended.

    Other machines that boot just now hold a copy of every mount for a moment, and the kernel takes a dead machine's own mounts
    apart in the background. Mounted again too early, the disk would come with the file system whose power was cut.
    """
    found = on.stat().st_dev
    device = Path(f"/sys/dev/block/{os.major(found)}:{os.minor(found)}").resolve().name
    unmount(on)
    end = time.monotonic() + timeout_s
    while Path("/sys/fs/ext4", device).exists():
        if time.monotonic() > end:
            raise TargetError(f"the file system on {device} is still in use {timeout_s:.0f} s after it was unmounted")
        time.sleep(0.02)


def _swap_off(on: Path) -> None:
    """A container's swap file is the kernel's, which is the controller's too: give it back before the disk goes."""
    for line in Path("/proc/swaps").read_text().splitlines()[1:]:
        path = line.split()[0].removeprefix("(unreachable)").removeprefix(str(on))
        run("swapoff", f"{on}{path}", check=False)


def cut_power(on: Path) -> None:
    """Stop the file system as a power cut would: what is not on the disk by now never gets there."""
    folder = os.open(on, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.ioctl(folder, _SHUTDOWN, _NOLOGFLUSH.to_bytes(4, "little"))
    finally:
        os.close(folder)


@contextmanager
def mounted(image: Path, on: Path) -> Iterator[None]:
    """Mount the disk for the length of the block."""
    mount(image, on)
    try:
        yield
    finally:
        unmount(on)

"""The disk that every virtual machine starts from: Debian 12 with its cloud kernel, booted by its own GRUB.

`vm-images/<recipe>.img` is built once, as an installer would do it: a root file system by mmdebstrap, partitions, GRUB. Machines
never write to it, theirs are overlays.
"""

import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.targets.recipe import Recipe, recipe
from tests.targets.rootfs import tree
from tests.targets.system import home, locked, run, virtual_machines
from tests.targets.vm.disks import Files

DISK_MIB = 16384
_HERE = Path(__file__).parent
_PACKAGES = ("linux-image-cloud-amd64", "initramfs-tools", "zstd", "grub-pc", "cloud-init", "gdisk")
_FIRST_MIB, _LAST_MIB = 4, 1  # before the root partition: GRUB's; behind it: the second partition table


@contextmanager
def image() -> Iterator[Path]:
    """The pristine disk, built if it is missing; nobody removes it while the block makes a machine of it."""
    wanted = _recipe()
    path = home() / "vm-images" / f"{_name(wanted)}.img"
    with locked("vm-image"):
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _drop_unused(path.parent)
            _build(wanted, path)
        yield path


def _drop_unused(folder: Path) -> None:
    """Remove disks of other recipes, but for those that machines still stand on."""
    used = {name for machine in virtual_machines().glob("*") for name in Files(machine, 0).pristine()}
    for path in folder.glob("*.img"):
        if path.name not in used:
            path.unlink()


def _recipe() -> Recipe:
    """The containers' recipe with a kernel, a boot loader and cloud-init."""
    base = recipe()
    return replace(base, packages=(*base.packages, *_PACKAGES), setup=base.setup + (_HERE / "setup-vm.sh").read_text())


def _name(wanted: Recipe) -> str:
    """Changes with the recipe, and with what makes a disk of it."""
    builders = b"".join((_HERE / name).read_bytes() for name in ("install-boot.sh", "image.py"))
    return f"{wanted.digest()}-{zlib.crc32(builders):08x}"


def _build(wanted: Recipe, path: Path) -> None:
    started = time.monotonic()
    print("Building the disk of the virtual machines; once", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(prefix="vm-build-", dir=home()) as folder:
        root = tree(wanted, Path(folder))
        new = Path(folder, "disk.img")
        _partition(new)
        options = f"offset={_FIRST_MIB << 20},lazy_itable_init=1,lazy_journal_init=1,root_owner=0:0"
        size = f"{DISK_MIB - _FIRST_MIB - _LAST_MIB}M"
        run("mke2fs", "-q", "-F", "-t", "ext4", "-L", "root", "-E", options, "-d", root, new, size)
        with locked("loop"):
            run("unshare", "--mount", "/bin/sh", _HERE / "install-boot.sh", new, Path(folder, "boot"))
        new.rename(path)
    print(f"Built in {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)


def _partition(disk: Path) -> None:
    """As on Debian's cloud images: a place for GRUB, then the root partition."""
    run("truncate", "--size", f"{DISK_MIB}M", disk)
    last = DISK_MIB - _FIRST_MIB - _LAST_MIB
    table = f"label: gpt\nstart=1MiB, size={_FIRST_MIB - 1}MiB, type=21686148-6449-6E6F-744E-656564454649\n"
    run("sfdisk", "--quiet", disk, stdin=f"{table}start={_FIRST_MIB}MiB, size={last}MiB, type=L\n")

"""The disk that every virtual machine starts from: Debian 12 with its cloud kernel, booted by its own GRUB.

`vm-images/<recipe>.img` is built once, as an installer would do it: root file system with mmdebstrap, partitions, and one short
boot of a virtual machine that installs GRUB. Machines never write to it, theirs are overlays.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from tests.targets.recipe import Recipe, recipe
from tests.targets.rootfs import tree
from tests.targets.system import TargetError, home, locked, run
from tests.targets.vm import accelerator

DISK_MIB = 16384
_HERE = Path(__file__).parent
_PACKAGES = ("linux-image-cloud-amd64", "initramfs-tools", "zstd", "grub-pc", "cloud-init", "gdisk")
_FIRST_MIB, _LAST_MIB = 4, 1  # before the root partition: GRUB's; behind it: the second partition table
_INSTALL_TIMEOUT_S = 300


def image() -> Path:
    """Return the pristine disk; build it if it is missing."""
    wanted = _recipe()
    path = home() / "vm-images" / f"{wanted.digest()}.img"
    with locked("vm-image"):
        if not path.exists():
            shutil.rmtree(path.parent, ignore_errors=True)  # of an old recipe, or left half done
            path.parent.mkdir(parents=True)
            _build(wanted, path)
    return path


def _recipe() -> Recipe:
    """The containers' recipe with a kernel, a boot loader and cloud-init; what builds the disk counts as part of it."""
    builders = ("setup-vm.sh", "install-boot.sh", "image.py")
    own = [(_HERE / name).read_text() for name in builders]
    base = recipe()
    packages = (*base.packages, *_PACKAGES)
    return replace(
        base, packages=packages, setup="\n".join([own[0], *("# " + line for text in own[1:] for line in text.splitlines())])
    )


def _build(wanted: Recipe, path: Path) -> None:
    started = time.monotonic()
    print("Building the disk of the virtual machines; once", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(prefix="vm-build-", dir=home()) as folder:
        root = tree(wanted, Path(folder))
        new = Path(folder, "disk.img")
        _partition(new)
        shutil.copy2(_HERE / "install-boot.sh", root / "install-boot.sh")
        (root / "install-boot.sh").chmod(0o755)
        options = f"offset={_FIRST_MIB << 20},lazy_itable_init=1,lazy_journal_init=1,root_owner=0:0"
        size = f"{DISK_MIB - _FIRST_MIB - _LAST_MIB}M"
        run("mke2fs", "-q", "-F", "-t", "ext4", "-L", "root", "-E", options, "-d", root, new, size)
        _install_boot(new, root)
        new.rename(path)
    print(f"Built in {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)


def _partition(disk: Path) -> None:
    """As on Debian's cloud images: a place for GRUB, then the root partition."""
    run("truncate", "--size", f"{DISK_MIB}M", disk)
    last = DISK_MIB - _FIRST_MIB - _LAST_MIB
    table = f"label: gpt\nstart=1MiB, size={_FIRST_MIB - 1}MiB, type=21686148-6449-6E6F-744E-656564454649\n"
    run("sfdisk", "--quiet", disk, stdin=f"{table}start={_FIRST_MIB}MiB, size={last}MiB, type=L\n")


def _install_boot(disk: Path, root: Path) -> None:
    """Boot once with the kernel from outside, to put the boot loader in place with the machine's own GRUB."""
    kernel, initrd = (next((root / "boot").glob(f"{name}-*")) for name in ("vmlinuz", "initrd.img"))
    words = ["qemu-system-x86_64", *accelerator.arguments(), "-machine", "q35", "-m", "1024", "-nodefaults", "-no-reboot"]
    words += ["-display", "none", "-serial", "stdio", "-kernel", str(kernel), "-initrd", str(initrd)]
    words += ["-append", "root=LABEL=root rw console=ttyS0 quiet init=/install-boot.sh"]
    words += ["-drive", f"if=virtio,format=raw,cache=unsafe,discard=unmap,file={disk}"]
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_INSTALL_TIMEOUT_S,
            check=False,
            errors="replace",
        )
    except subprocess.TimeoutExpired as error:
        raise TargetError(f"GRUB was not installed within {_INSTALL_TIMEOUT_S} s") from error
    if done.returncode or "install-boot: done" not in done.stdout:
        raise TargetError(f"GRUB was not installed:\n{done.stdout[-2000:]}\n{done.stderr[-1000:]}")

"""Virtual machines with disks for models, and what the tests of the role model_storage ask of them."""

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.live.play import Played, apply, out
from tests.targets.vm import Disk, Vm

ROLE = ["model_storage"]
MOUNT = "/srv/models"
RECORD = "/var/lib/rigprov/model_storage/disk"
# An emulated machine beside other work takes more than the usual ten seconds to find its disks.
OPTIONS = "noatime,nofail,x-systemd.device-timeout=150s"
GIB = 1 << 30


@contextmanager
def machine(name: str, *disks: Disk) -> Iterator[Vm]:
    """A machine with these disks, gone afterwards."""
    with Vm(f"live-{os.getpid()}-{name}", disks=disks, memory_mib=1024) as vm:
        yield vm


def nvme(serial: str, size_gib: int = 1) -> Disk:
    """A small NVMe disk."""
    return Disk(f"{size_gib}G", serial)


def named(*serials: str, size_gib: int = 1) -> list[dict[str, Any]]:
    """Disks as the role takes them."""
    size = size_gib * GIB
    return [
        {"device": f"/dev/disk/by-id/nvme-QEMU_NVMe_Ctrl_{serial}", "serial": serial, "size_bytes": size} for serial in serials
    ]


def values(*serials: str, size_gib: int = 1, **more: object) -> dict[str, Any]:
    """Values with which the role sets up these disks."""
    disks = named(*serials, size_gib=size_gib)
    disk = {"model_storage_mount": MOUNT, "model_storage_devices": disks, "model_storage_mount_options": OPTIONS}
    return {**disk, "model_storage_format": True, **more}


def converge(vm: Vm, wanted: dict[str, Any], *, check: bool = False) -> Played:
    """Run the role."""
    return apply(vm, ROLE, check=check, **wanted)


def settled(vm: Vm, wanted: dict[str, Any]) -> None:
    """The role comes to its end, and then has nothing left to do."""
    first = converge(vm, wanted)
    assert first.rc == 0, first.text
    second = converge(vm, wanted)
    assert second.verdict == (0, 0), second.text


def record(vm: Vm) -> dict[str, str]:
    """What the role wrote down."""
    return dict(line.split("=", 1) for line in out(vm, f"sudo cat {RECORD}").splitlines())


def mounted_serial(vm: Vm) -> str:
    """Serial number of the disk that is mounted at the models' directory; empty if none is."""
    return out(vm, f"s=$(findmnt -no SOURCE --mountpoint {MOUNT}) && lsblk -dno SERIAL $s; true")


def wait_for_mount(vm: Vm) -> None:
    """The boot does not wait for the disk, nor does a login."""
    out(vm, f"for i in $(seq 600); do mountpoint -q {MOUNT} && exit 0; sleep 0.5; done; exit 1")


def contents(vm: Vm, top: str) -> str:
    """Checksums, owners and modes of everything below a directory."""
    shown = shlex.quote("%P %y %m %U %G %l\\n")
    files = "find . -type f -exec sha256sum {} + | sort -k 2"
    return out(vm, f"sudo sh -c {shlex.quote(f'cd {top} && find . -mindepth 1 -printf {shown} | sort && {files}')}")

"""What the role refuses, on the disks of a virtual machine: each stays as it is, byte for byte."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.live.play import out
from tests.live.storage import MOUNT, RECORD, converge, values
from tests.live.traces import TRACES
from tests.targets.vm import Disk, Vm
from tests.targets.vm.disks import Files

pytestmark = [pytest.mark.live, pytest.mark.nightly]
MIB = 1 << 20
SIZE_MIB = 320  # what xfs wants at least
BLANK = "RPBLANK"
SERIALS = {trace: f"RPTRACE{number}" for number, trace in enumerate(TRACES)}


class Prepared(Vm):
    """A machine with something on its disks before it is first switched on."""

    def _make(self) -> None:
        super()._make()
        files = Files(self.folder, len(self.spec.disks))
        for number, trace in enumerate(TRACES):
            TRACES[trace][0](files.raw(number))


@dataclass(frozen=True)
class Case:
    """The machine, and what its disks held."""

    vm: Vm
    before: list[Path]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    disks = [Disk(f"{SIZE_MIB}M", serial) for serial in [*SERIALS.values(), BLANK]]
    copies = tmp_path_factory.mktemp("disks")
    with Prepared(f"refused-{copies.parent.name.removeprefix('pytest-')}", disks, memory_mib=1024) as vm:
        files = Files(vm.folder, len(disks))
        before = [copies / str(number) for number in range(len(disks))]
        for number, copy in enumerate(before):  # the machine writes to overlays while it runs
            subprocess.run(["cp", "--sparse=always", files.raw(number), copy], check=True)
        yield Case(vm, before)


def wanted(serial: str, **more: object) -> dict[str, Any]:
    return {
        **values(serial),
        "model_storage_devices": [
            {"device": f"/dev/disk/by-id/nvme-QEMU_NVMe_Ctrl_{serial}", "serial": serial, "size_bytes": SIZE_MIB * MIB}
        ],
        **more,
    }


def refused(vm: Vm, order: dict[str, Any], message: str) -> None:
    """The role stops with these words, and changed nothing."""
    shown = f"cat /etc/fstab; findmnt -lno TARGET,SOURCE; ls -d {RECORD} {MOUNT} 2>/dev/null; dpkg --get-selections; true"
    before = out(vm, shown)
    done = converge(vm, order)
    assert (done.verdict, message in done.words) == ((2, 0), True), done.text
    assert out(vm, shown) == before


@pytest.mark.parametrize("trace", TRACES)
def test_a_disk_that_is_not_blank(case: Case, trace: str) -> None:
    refused(case.vm, wanted(SERIALS[trace]), TRACES[trace][2].removesuffix(" at byte"))


@pytest.mark.parametrize(
    ("different", "message"),
    [
        ({"serial": "RPWRONG"}, "another disk than was planned"),
        ({"size_bytes": 1 << 30}, "another disk than was planned"),
        ({"device": "/dev/disk/by-id/nvme-none"}, "is not there"),
        ({"device": "/dev/disk/by-id/virtio-RPROOT"}, "another disk than was planned"),
    ],
)
def test_another_disk(case: Case, different: dict[str, Any], message: str) -> None:
    order = wanted(BLANK)
    order["model_storage_devices"][0].update(different)
    refused(case.vm, order, message)


@pytest.mark.parametrize(
    ("made", "undone", "message"),
    [
        ("ln -s /opt {m}", "rm {m}", "is a symbolic link"),
        ("mkdir {m}; touch {m}/file", "rm -r {m}", "holds files, which the disk would hide"),
        ("touch {m}", "rm {m}", "is not a directory"),
        ("mkdir {m}; chown ops {m}", "rmdir {m}", "does not belong to root"),
        ("mkdir {m}; mount -t tmpfs none {m}", "umount {m}; rmdir {m}", "something else is mounted"),
        ("mount --bind -o ro /srv /srv; mount -o remount,bind,ro /srv", "umount /srv", "mounted read-only"),
        ("echo nonsense >> /etc/fstab", "sed -i /nonsense/d /etc/fstab", "is not in order, so it is not touched"),
        ("echo UUID=none /media ext4 defaults 0 2 >> /etc/fstab", "sed -i /UUID=none/d /etc/fstab", "is not in order"),
        ("echo /dev/sdx {m} ext4 nofail 0 2 >> /etc/fstab", "sed -i /sdx/d /etc/fstab", "mounts /dev/sdx at /srv/models already"),
        ("echo {d}-part1 /media ext4 nofail 0 2 >> /etc/fstab", "sed -i /part1/d /etc/fstab", "/etc/fstab names it"),
    ],
)
def test_what_stands_in_the_way(case: Case, made: str, undone: str, message: str) -> None:
    names = {"m": MOUNT, "d": f"/dev/disk/by-id/nvme-QEMU_NVMe_Ctrl_{BLANK}"}
    out(case.vm, f"sudo sh -c '{made.format(**names)}'")
    try:
        refused(case.vm, wanted(BLANK), message)
    finally:
        out(case.vm, f"sudo sh -c '{undone.format(**names)}'")


def test_no_disk_was_written_to(case: Case) -> None:
    """Last: the machine is switched off for it."""
    case.vm.kill()
    for number, before in enumerate(case.before):
        assert subprocess.run(["cmp", before, case.vm.disk_image(number)], check=False).returncode == 0, number

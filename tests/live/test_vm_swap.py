"""Role swap on a machine with a kernel, a boot and disks of its own: reboots, power cuts, a partition, compressed memory, xfs.

One machine, one step after the other: where a processor is emulated, a boot takes minutes.
"""

import os
from collections.abc import Iterator

import pytest

from tests.live.conftest import Rigprov
from tests.live.play import apply_one, cut, out, rollback, start
from tests.targets.requirements import virtual_machine_problems
from tests.targets.vm import Disk, Vm

pytestmark = [pytest.mark.live, pytest.mark.nightly]
ACTIVE = "sudo swapon --show=NAME,TYPE --noheadings --raw; true"
LEFT = "ls -A / /var/lib/rigprov 2>/dev/null | grep -E 'swap|discard'; true"
PARTITION = "/dev/disk/by-id/nvme-QEMU_NVMe_Ctrl_RPSWAP"
XFS = "/dev/disk/by-id/nvme-QEMU_NVMe_Ctrl_RPXFS"


@pytest.fixture(scope="module")
def vm() -> Iterator[Vm]:
    if found := virtual_machine_problems():
        pytest.skip("; ".join(found))
    with Vm(f"live-{os.getpid()}-swap", disks=(Disk("1G", "RPSWAP"), Disk("2G", "RPXFS")), memory_mib=1024) as made:
        yield made


def swap(vm: Vm, size_mib: int, **values: object) -> tuple[int, int]:
    done = apply_one(vm, "swap", {"swap_size_mib": size_mib, **values})
    assert done.rc == 0, done.text
    return done.verdict


def size(vm: Vm, path: str = "/swapfile") -> int:
    return int(out(vm, f"stat -c %s {path}")) // 1048576


def test_made_resized_and_back_after_a_reboot(vm: Vm) -> None:
    swap(vm, 128)
    assert swap(vm, 128) == (0, 0)
    for wanted in (256, 64):
        swap(vm, wanted)
        assert (out(vm, ACTIVE), size(vm)) == ("/swapfile file", wanted)
    vm.reboot()
    assert (out(vm, ACTIVE), out(vm, "cat /proc/sys/vm/swappiness")) == ("/swapfile file", "10")
    assert swap(vm, 64) == (0, 0)


def test_power_cut_while_the_file_is_replaced(vm: Vm) -> None:
    """The old file is on again after the boot; the next run throws the unfinished one away and makes it anew."""
    process = start(vm, ["swap"], swap_size_mib=700, swap_method="dd")
    out(vm, "for i in $(seq 3000); do sudo test -s /swapfile.rigprov-new && exit; sleep 0.1; done; false")
    vm.kill()
    cut(process)
    vm.start()
    assert (out(vm, ACTIVE), size(vm)) == ("/swapfile file", 64)
    swap(vm, 256)
    assert (out(vm, ACTIVE), size(vm), out(vm, LEFT)) == ("/swapfile file", 256, "swapfile")
    assert swap(vm, 256) == (0, 0)


def test_a_partition_and_compressed_memory_are_adopted(vm: Vm, rigprov: Rigprov) -> None:
    assert rollback(vm, ["swap"]).rc == 0
    out(vm, f"sudo mkswap {PARTITION} && sudo swapon {PARTITION}")
    plan = rigprov("plan", "--tier", "starter", vm.name, "-F", vm.ssh_config)
    words = " ".join(plan.stdout.split())
    assert "swap stays as it is" in words, plan.stdout + plan.stderr
    assert "/dev/nvme0n1 (partition, 1023 MiB)" in words

    out(vm, f"sudo swapoff {PARTITION} && sudo wipefs -aq {PARTITION}")
    made = out(vm, "sudo modprobe zram && sudo zramctl --find --size 512M; true")
    if made != "/dev/zram0":
        pytest.skip("this kernel has no zram")
    out(vm, "sudo mkswap /dev/zram0 && sudo swapon -p 100 /dev/zram0")
    plan = rigprov("plan", "--tier", "starter", vm.name, "-F", vm.ssh_config)
    words = " ".join(plan.stdout.split())
    assert "/dev/zram0 (compressed memory, priority 100, 511 MiB)" in words, plan.stdout + plan.stderr
    assert "swap_swappiness = 180" in words
    swap(vm, 0, swap_swappiness=180)
    assert (out(vm, ACTIVE), out(vm, "cat /proc/sys/vm/swappiness")) == ("/dev/zram0 partition", "180")
    out(vm, "sudo swapoff /dev/zram0")


def test_f45_on_xfs_and_back_after_a_reboot(vm: Vm) -> None:
    install = "sudo apt-get -qq update && sudo apt-get install -qq --no-install-recommends xfsprogs >/dev/null"
    out(vm, f"command -v mkfs.xfs || {{ {install}; }}")
    out(vm, f"sudo sh -c 'mkfs.xfs -q {XFS}; mkdir /data; echo {XFS} /data xfs nofail 0 0 >> /etc/fstab; mount /data'")
    swap(vm, 256, swap_file="/data/swap")
    vm.reboot()
    assert (out(vm, ACTIVE), size(vm, "/data/swap")) == ("/data/swap file", 256)
    assert swap(vm, 256, swap_file="/data/swap") == (0, 0)
    assert rollback(vm, ["swap"]).rc == 0
    assert out(vm, f"{ACTIVE}; {LEFT}; ls /data") == ""

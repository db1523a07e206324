"""Virtual machines: what containers cannot show. One machine for all tests; each begins with it on.

Those that boot it again are nightly: without KVM a boot takes a minute on two idle cores.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.play import out
from tests.targets.requirements import virtual_machine_problems
from tests.targets.vm import Disk, Vm, accelerator

pytestmark = pytest.mark.live

INSTANCE_STORE = "Amazon EC2 NVMe Instance Storage"
BY_ID = "/dev/disk/by-id/nvme"
FIRST, SECOND = f"{BY_ID}-QEMU_NVMe_Ctrl_RPNVME0", f"{BY_ID}-Amazon_EC2_NVMe_Instance_Storage_AWS0123456789ABCDEF0"


@pytest.fixture(scope="module")
def vm() -> Iterator[Vm]:
    if found := virtual_machine_problems():
        pytest.skip("; ".join(found))
    disks = (
        Disk("2G", "RPNVME0"),
        Disk("3G", "AWS0123456789ABCDEF0", model=INSTANCE_STORE),
        Disk("1G", "TURNS", kind="scsi", rotational=True),
    )
    with Vm(f"live-{os.getpid()}-vm", disks, gpu=True) as machine:
        yield machine


def test_the_trial_of_the_processor_tells_fast_from_slow() -> None:
    assert accelerator.counts("tcg", "max", within_s=60)
    assert not accelerator.counts("tcg", "max", within_s=0.01)
    assert not accelerator.counts("tcg", "no-such-processor", within_s=60)


def test_it_boots_a_kernel_of_its_own_from_its_own_disk(vm: Vm) -> None:
    assert out(vm, "systemctl is-system-running --wait") == "running"
    assert out(vm, "hostname; whoami; sudo whoami; . /etc/os-release; echo $ID $VERSION_ID").split() == [
        *(vm.name, "ops", "root", "debian", "12")
    ]
    release = out(vm, "uname -r")
    assert release.endswith("-cloud-amd64")
    assert release != Path("/proc/sys/kernel/osrelease").read_text().strip()
    assert out(vm, "cut -d' ' -f1 /proc/cmdline") == f"BOOT_IMAGE=/boot/vmlinuz-{release}"  # GRUB's word for it


def test_disks_are_known_by_their_serial_numbers(vm: Vm) -> None:
    listing = out(vm, "lsblk --nodeps --noheadings --bytes --raw -o SERIAL,SIZE,ROTA,TRAN,MODEL").splitlines()

    assert {line.replace("\\x20", " ").strip() for line in listing if not re.match("RPROOT|RPSEED", line)} == {
        f"RPNVME0 {2 << 30} 0 nvme QEMU NVMe Ctrl",
        f"AWS0123456789ABCDEF0 {3 << 30} 0 nvme {INSTANCE_STORE}",
        f"TURNS {1 << 30} 1  QEMU HARDDISK",
    }
    assert out(vm, f"readlink -f {FIRST} {SECOND}").split() == ["/dev/nvme0n1", "/dev/nvme1n1"]


def test_a_card_of_nvidias_is_on_the_pci_bus(vm: Vm) -> None:
    (card,) = [line for line in out(vm, "lspci -nn").splitlines() if "[10de:" in line]

    assert "3D controller [0302]: NVIDIA Corporation GH100" in card


@pytest.mark.nightly
def test_packages_come_from_the_mirror(vm: Vm) -> None:
    out(vm, "sudo apt-get update -qq")
    candidates = out(vm, "apt-cache policy mdadm lvm2 | grep -c 'Candidate: [0-9]'")
    assert candidates == "2"


@pytest.mark.nightly
def test_a_reboot_from_inside_is_another_boot(vm: Vm) -> None:
    before = out(vm, "cat /proc/sys/kernel/random/boot_id /etc/machine-id; echo kept > note").split()
    vm.reboot()
    after = out(vm, "cat /proc/sys/kernel/random/boot_id /etc/machine-id note").split()

    assert (after[0] != before[0], after[1:]) == (True, [before[1], "kept"])
    assert "NVIDIA" in out(vm, "lspci")  # the disguise holds
    assert INSTANCE_STORE in out(vm, "cat /sys/class/nvme/*/model")


@pytest.mark.nightly
def test_a_power_cut_keeps_what_was_flushed_and_nothing_else(vm: Vm) -> None:
    # past the machine's own page cache, into the disk's: 1 MiB that is flushed, and one behind it that is not
    write = f"head -c 1M /dev/zero | tr '\\0' x | sudo dd of={FIRST} bs=1M iflag=fullblock oflag=direct status=none"
    out(vm, f"echo safe > safe && sync safe . && {write} conv=fsync && {write} seek=1")
    read = f"sudo dd if={FIRST} iflag=direct bs=1M skip=1 count=1 status=none | head -c 3; echo at risk > risk"
    assert out(vm, read) == "xxx"
    vm.kill()

    with vm.disk_image(0).open("rb") as disk:
        assert disk.read(2 << 20) == b"x" * (1 << 20) + bytes(1 << 20)
    with vm.disk_image(1).open("r+b") as disk:
        disk.write(b"garbage")
    vm.start(order=(1, 0))

    # kernel names follow the slots, links the disks
    assert out(vm, f"readlink -f {FIRST} {SECOND}").split() == ["/dev/nvme1n1", "/dev/nvme0n1"]
    assert out(vm, f"sudo head -c 7 {SECOND}; cat safe") == "garbagesafe"
    assert vm.run("grep -q 'at risk' risk").returncode != 0


@pytest.mark.nightly
def test_it_boots_without_a_disk_that_was_taken_out(vm: Vm) -> None:
    vm.shut_down()
    vm.start(order=(1, 2))

    assert out(vm, f"ls {BY_ID}-*_RP* {BY_ID}-*_AWS* 2> /dev/null || true").split()[0] == SECOND
    assert out(vm, f"sudo head -c 7 {SECOND}") == "garbage"
    assert vm.run(f"test -e {FIRST}").returncode == 1
    vm.kill()
    vm.start()
    assert out(vm, f"sudo head -c 3 {FIRST}") == "xxx"

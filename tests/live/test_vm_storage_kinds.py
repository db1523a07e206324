"""Other disks for models on a virtual machine: ext4, two joined by RAID 0, and one that comes back blank."""

import pytest

from tests.live.play import out, rollback
from tests.live.storage import MOUNT, ROLE, converge, machine, mounted_serial, nvme, record, settled, values, wait_for_mount

pytestmark = [pytest.mark.live, pytest.mark.nightly]
MODEL = "QEMU NVMe Ctrl"


def test_f44_ext4_and_a_disk_that_comes_back_blank() -> None:
    wanted = values("RPLOCAL", model_storage_filesystem="ext4", model_storage_ephemeral=True, model_storage_ephemeral_model=MODEL)
    with machine("ephemeral", nvme("RPLOCAL"), nvme("RPNEXT"), nvme("RPBIG", size_gib=2)) as vm:
        vm.shut_down()
        vm.start(order=(0, 2))  # the second one of its kind is not there yet
        settled(vm, wanted)
        uuid = record(vm)["uuid"]
        assert out(vm, f"findmnt -no FSTYPE,UUID {MOUNT}").split() == ["ext4", uuid]
        assert "reserved block count 0" in out(
            vm, f"sudo dumpe2fs -h $(findmnt -no SOURCE {MOUNT}) 2>/dev/null | tr A-Z a-z | tr -s ' :' ' '"
        )
        out(vm, f"echo precious | sudo tee {MOUNT}/model.gguf; sync -f {MOUNT}")

        vm.reboot()
        wait_for_mount(vm)
        assert (mounted_serial(vm), out(vm, f"cat {MOUNT}/model.gguf")) == ("RPLOCAL", "precious")
        assert "nothing to do" in out(vm, "sudo journalctl -b -u rigprov-model-disk --no-pager")

        vm.shut_down()
        vm.start(order=(1, 2))  # a stop: the cloud gives another disk of this kind, blank
        wait_for_mount(vm)
        assert (mounted_serial(vm), out(vm, f"findmnt -no UUID {MOUNT}")) == ("RPNEXT", uuid)
        assert out(vm, f"stat -c '%a %U %G' {MOUNT} {MOUNT}/huggingface/hub") == "2775 root models\n2775 root models"
        assert "formatted again" in out(vm, "sudo journalctl -b -u rigprov-model-disk --no-pager")

        vm.shut_down()
        vm.start(order=(2,))  # none of this kind: the larger disk is not taken for one
        # The boot ends, with the unit failed that looks for the disk; it gives that a minute to appear.
        assert out(vm, "systemctl is-system-running --wait || true") in ("running", "degraded")
        assert mounted_serial(vm) == ""
        assert "0 disks of model" in out(vm, "sudo journalctl -b -u rigprov-model-disk --no-pager")


def test_raid0() -> None:
    wanted = values("RPLEFT", "RPRIGHT", model_storage_raid0=True)
    with machine("raid", nvme("RPLEFT"), nvme("RPRIGHT"), nvme("RPBIG", size_gib=2)) as vm:
        uneven = {**wanted, "model_storage_devices": [values("RPLEFT")["model_storage_devices"][0]]}
        uneven["model_storage_devices"] += values("RPBIG", size_gib=2)["model_storage_devices"]
        refused = converge(vm, uneven)
        assert (refused.verdict, "joins equal disks only" in refused.words) == ((2, 0), True), refused.text

        settled(vm, wanted)
        size = int(out(vm, f"findmnt -bno SIZE {MOUNT}"))
        assert size > 1.9 * (1 << 30)
        assert out(vm, "grep -c 'raid0 nvme' /proc/mdstat; grep -c rp-models /etc/mdadm/mdadm.conf") == "1\n1"
        out(vm, f"echo precious | sudo tee {MOUNT}/model.gguf; sync -f {MOUNT}")

        vm.kill()
        vm.start(order=(2, 1, 0))
        wait_for_mount(vm)
        assert out(vm, f"findmnt -no FSTYPE {MOUNT}; cat {MOUNT}/model.gguf") == "xfs\nprecious"
        assert converge(vm, wanted).verdict == (0, 0)

        assert rollback(vm, ROLE).rc == 0
        assert out(vm, "grep -c rp-models /etc/mdadm/mdadm.conf /etc/fstab; true") == "/etc/mdadm/mdadm.conf:0\n/etc/fstab:0"
        settled(vm, {**wanted, "model_storage_format": False})
        assert out(vm, f"cat {MOUNT}/model.gguf") == "precious"

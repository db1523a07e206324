"""Disks that are named, or only looked at: too small, over the network, asleep."""

import pytest

from rigprov.tiers import INTERMEDIATE
from tests.unit.plan.storage.test_machines import plan, workstation
from tests.unit.plan.storage.topology import GB, Machine, Node, by_id, system


def test_a_named_disk_that_is_too_small_is_answered_with_another_disk():
    machine = Machine([system(), Node("nvme1n1", size=16 * GB)])
    fixes = [blocker.fix for blocker in plan(machine, by_id(machine.disks[1]), tier=INTERMEDIATE).blockers]
    assert "name a larger disk, or leave --format out" in fixes


def test_a_disk_over_iscsi_is_mounted_after_the_network():
    machine = workstation(tran="iscsi")
    options = plan(machine, by_id(machine.disks[1])).variables()["model_storage_mount_options"]
    assert options == "noatime,nofail,x-systemd.device-timeout=60s,_netdev"


@pytest.mark.parametrize("section", ["wipefs", "disk-samples"])
def test_a_disk_that_hangs_hides_no_other(section):
    machine = workstation()
    machine.disks.append(Node("sda", size=8000 * GB, model="Sleepy", serial="Z1", tran="sata"))
    parts = machine.texts()[section][0].split("==> ")
    machine.sections[section] = ("==> ".join(part for part in parts if not part.startswith("/dev/sda\n")), "", 124)
    disks = {disk.name: disk for disk in plan(machine).storage.disks}
    assert (disks["nvme1n1"].verdict, disks["sda"].verdict) == ("blank", "not_taken")
    assert "in time" in disks["sda"].reasons[0]

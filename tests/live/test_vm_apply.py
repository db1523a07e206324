"""`rigprov apply` on a virtual machine with blank NVMe disks: one is named, formatted, filled, and still right after reboots."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rigprov.errors import Exit
from tests.targets.vm import Disk, Vm

pytestmark = [pytest.mark.live, pytest.mark.nightly]

Rigprov = Callable[..., subprocess.CompletedProcess[str]]

LINK = "/dev/disk/by-id/nvme-QEMU_NVMe_Ctrl_RPNVME1"
MODEL = "/srv/models/SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
# No Docker and no measurement: an emulated processor would take an hour for both.
TIER = """\
from dataclasses import replace
from rigprov.model.tier import Needs
from rigprov.tiers.starter import STARTER

bench = next(one for one in STARTER.benchmarks if one.model == "smollm2-135m")
roles = ("base", "model_storage", "swap", "models", "llm_runtime")
needs = replace(STARTER.needs, ram_gib=1, disk_gib=3)
TIER = replace(STARTER, name="small", roles=roles, needs=needs, benchmarks=(bench,))
"""


@pytest.fixture(scope="module")
def vm() -> Iterator[Vm]:
    with Vm(f"live-{os.getpid()}-apply", disks=(Disk("4G", "RPNVME0"), Disk("4G", "RPNVME1")), memory_mib=4608) as machine:
        yield machine


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.py"
    path.write_text(TIER)
    return path


def out(vm: Vm, command: str) -> str:
    done = vm.run(f"sudo sh -c '{command}'")
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout.strip()


PATIENCE_S = 3600  # an emulated processor beside other work: a first run takes 20 minutes
AS_PLANNED = "nothing changed; it already was as planned"


def way(vm: Vm, tier: Path, *more: str) -> list[str]:
    return ["--tier", str(tier), "-F", str(vm.ssh_config), vm.name, *more]


def answers(vm: Vm) -> bool:
    """The engine has loaded its model from the disk; it waits for that as long as an emulated machine needs."""
    line = (
        "for i in $(seq 120); do curl -sf http://127.0.0.1:8080/health && exit 0; sleep 2; done; journalctl -u rigprov-llm -n 30"
    )
    return '"ok"' in vm.run(line).stdout


def disk_of(vm: Vm) -> str:
    """Serial number of the disk that is mounted for models."""
    return out(vm, "lsblk -ndo SERIAL $(findmnt -no SOURCE /srv/models)")


def test_a_blank_disk_is_left_alone_until_it_is_named(vm: Vm, rigprov: Rigprov, small: Path) -> None:
    done = rigprov("plan", *way(vm, small, "--json"))
    storage: dict[str, Any] = json.loads(done.stdout)["data"]["hosts"][vm.name]["storage"]
    assert (done.returncode, storage["kind"], storage["format"]) == (0, "directory", False), done.stderr
    verdicts = {disk["device"]: disk["verdict"] for disk in storage["disks"] if disk["device"].startswith("/dev/disk/by-id/nvme")}
    assert verdicts == {LINK: "blank", LINK.replace("NVME1", "NVME0"): "blank"}, storage["disks"]


def test_apply_formats_mounts_and_fills_the_disk_that_was_named(vm: Vm, rigprov: Rigprov, small: Path) -> None:
    done = rigprov("apply", *way(vm, small, "--yes", "--no-verify", "--format", LINK), timeout_s=PATIENCE_S)
    assert done.returncode == 0, done.stdout + done.stderr
    assert out(vm, "findmnt -no FSTYPE,TARGET /srv/models").split() == ["xfs", "/srv/models"]
    assert (disk_of(vm), out(vm, f"sha256sum {MODEL}").split()[0]) == ("RPNVME1", SHA256)
    assert out(vm, "swapon --show=NAME --noheadings") == "/swapfile"
    assert out(vm, "wipefs --no-act /dev/disk/by-id/nvme-QEMU_NVMe_Ctrl_RPNVME0") == ""
    assert answers(vm)

    for more in ((), ("--format", LINK)):
        again = rigprov("apply", *way(vm, small, "--yes", "--no-verify", *more), timeout_s=PATIENCE_S)
        assert (again.returncode, again.stdout.splitlines()[0].partition(" (")[0]) == (0, f"{vm.name}: {AS_PLANNED}"), (
            again.stdout
        )


def test_after_a_reboot_with_swapped_names_everything_is_back(vm: Vm, rigprov: Rigprov, small: Path) -> None:
    before = out(vm, "findmnt -no SOURCE /srv/models")
    vm.shut_down()
    vm.start(order=(1, 0))
    assert answers(vm)
    assert out(vm, "findmnt -no SOURCE /srv/models") != before
    assert disk_of(vm) == "RPNVME1"
    assert out(vm, "swapon --show=NAME --noheadings") == "/swapfile"
    again = rigprov("apply", *way(vm, small, "--yes", "--no-verify"), timeout_s=PATIENCE_S)
    assert (again.returncode, again.stdout.splitlines()[0].partition(" (")[0]) == (0, f"{vm.name}: {AS_PLANNED}"), again.stdout


def test_without_the_disk_it_boots_says_why_the_engine_waits_and_plans_nothing_else(
    vm: Vm, rigprov: Rigprov, small: Path
) -> None:
    vm.shut_down()
    vm.start(order=(0,))
    assert vm.run("mountpoint /srv/models").returncode
    assert vm.run("sudo touch /srv/models/lost").returncode  # nothing is written below the mount point by mistake
    assert vm.run("systemctl is-active rigprov-llm").stdout.strip() != "active"
    assert "ependency failed" in out(vm, "journalctl -b -u rigprov-llm; journalctl -b -u srv-models.mount")
    done = rigprov("plan", *way(vm, small, "--json"))
    document = json.loads(done.stdout)
    assert done.returncode == Exit.BLOCKED
    assert "disk-missing" in {blocker["code"] for blocker in document["data"]["hosts"][vm.name]["blockers"]}
    vm.shut_down()
    vm.start()
    assert answers(vm)


def test_rollback_unmounts_and_the_data_is_taken_up_again(vm: Vm, rigprov: Rigprov, small: Path) -> None:
    done = rigprov("rollback", "--tier", str(small), "--yes", "-F", str(vm.ssh_config), vm.name, timeout_s=PATIENCE_S)
    assert done.returncode == 0, done.stdout + done.stderr
    assert vm.run("mountpoint /srv/models").returncode
    assert "rp-models" not in out(vm, "cat /etc/fstab")
    again = rigprov("apply", *way(vm, small, "--yes", "--no-verify"), timeout_s=PATIENCE_S)
    assert again.returncode == 0, again.stdout + again.stderr
    assert (disk_of(vm), out(vm, f"sha256sum {MODEL}").split()[0]) == ("RPNVME1", SHA256)

"""Rented virtual machines with a disk that is lost at stop, shaped as three clouds shape theirs: bare to a served model, twice.

QEMU's firmware and NVMe disks say what the cloud's say. Everything else is as in any virtual machine here: Debian's cloud kernel,
no GPU, no cloud-init. With KVM the speed is proved as well; an emulated processor takes six seconds a token, and `verify` gives a
request five minutes.
"""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.live.play import out
from tests.live.storage import MOUNT, mounted_serial, wait_for_mount
from tests.live.test_vm_cloud_init import TIER
from tests.targets.requirements import virtual_machine_problems
from tests.targets.vm import Disk, Vm, accelerator

pytestmark = [pytest.mark.live, pytest.mark.nightly]

Rigprov = Callable[..., subprocess.CompletedProcess[str]]

MODEL = f"{MOUNT}/SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
HEALTHY = '{"status":"ok"}'
PATIENCE_S = 3600  # an emulated processor


class Cloud(NamedTuple):
    """How its machines are known."""

    smbios: tuple[str, ...]
    model: str  # of the NVMe disk that is lost at stop
    why: str  # what the plan says of that disk


CLOUDS = {
    "aws": Cloud(
        ("type=0,vendor=Amazon EC2", "type=1,manufacturer=Amazon EC2,product=g5.xlarge"),
        "Amazon EC2 NVMe Instance Storage",
        "AWS gives an instance store back blank after a stop",
    ),
    "gcp": Cloud(
        ("type=0,vendor=Google", "type=1,manufacturer=Google,product=Google Compute Engine,serial=GoogleCloud-0A1B"),
        "nvme_card0",
        "Google gives a local SSD back blank after a stop",
    ),
    "azure": Cloud(
        ("type=1,manufacturer=Microsoft Corporation,product=Virtual Machine", "type=3,asset=7783-7084-3265-9085-8269-3286-77"),
        "Microsoft NVMe Direct Disk v2",
        "Azure gives a local NVMe disk back blank after a deallocation",
    ),
}


@pytest.mark.parametrize("provider", CLOUDS)
def test_from_bare_to_a_served_model_and_again_after_a_stop(rigprov: Rigprov, tmp_path: Path, provider: str) -> None:
    if found := virtual_machine_problems():
        pytest.skip("; ".join(found))
    cloud, tier = CLOUDS[provider], tmp_path / "rented.py"
    tier.write_text(TIER)
    disks = (Disk("4G", "RPFIRST", model=cloud.model), Disk("4G", "RPSECOND", model=cloud.model))
    with Vm(f"live-{os.getpid()}-{provider}", disks, memory_mib=4608, smbios=cloud.smbios) as vm:
        vm.shut_down()
        vm.start(order=(0,))  # the other one is what the cloud gives after a stop
        link = f"/dev/disk/by-id/nvme-{cloud.model.replace(' ', '_')}_RPFIRST"

        def told(command: str, *more: str) -> dict[str, Any]:
            done = rigprov(command, "--tier", tier, "--json", *more, "-F", vm.ssh_config, vm.name, timeout_s=PATIENCE_S)
            assert done.returncode == 0, done.stdout + done.stderr
            host: dict[str, Any] = json.loads(done.stdout)["data"]["hosts"][vm.name]
            return host

        def applied(serial: str, *more: str) -> None:
            proof = told("apply", "--yes", *([] if accelerator.is_kvm() else ["--no-verify"]), *more)["proof"]
            assert mounted_serial(vm) == serial
            # Nothing was measured, so nobody has waited for the model, which an emulated processor loads for a while.
            assert out(vm, "curl -sf --retry 60 --retry-delay 5 --retry-all-errors http://127.0.0.1:8080/health") == HEALTHY
            assert out(vm, f"sha256sum {MODEL}").split()[0] == SHA256
            assert (proof["verdict"] if accelerator.is_kvm() else proof) == ("pass" if accelerator.is_kvm() else None)

        plan = told("plan", "--format", link)
        assert (plan["environment"]["provider"], plan["storage"]["format"]) == (provider, True), plan["storage"]
        assert cloud.why in json.dumps(plan["storage"])
        applied("RPFIRST", "--format", link)

        vm.shut_down()
        vm.start(order=(1,))
        wait_for_mount(vm)
        assert (mounted_serial(vm), out(vm, f"ls {MOUNT}/*.gguf 2>/dev/null || true")) == ("RPSECOND", ""), "back, and blank"
        applied("RPSECOND")

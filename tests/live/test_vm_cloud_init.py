"""A virtual machine whose user data are the output of `rigprov cloud-init`: nobody logs in, its power is cut, it measures.

On an emulated processor this takes hours, so there is no Docker, and the floor only says that tokens come out.
"""

import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.live.play import out
from tests.live.self_provisioning import Wheel
from tests.targets.requirements import virtual_machine_problems
from tests.targets.vm import Vm, accelerator

pytestmark = [pytest.mark.live, pytest.mark.nightly]

Rigprov = Callable[..., subprocess.CompletedProcess[str]]

CONTROLLER = "10.0.2.2"  # as QEMU's user-mode network calls it
TIER = """\
from dataclasses import replace
from rigprov.tiers.starter import STARTER

bench = next(one for one in STARTER.benchmarks if one.model == "smollm2-135m")
TIER = replace(
    STARTER,
    name="unattended",
    roles=("base", "model_storage", "models", "llm_runtime"),
    needs=replace(STARTER.needs, ram_gib=1, disk_gib=3),
    benchmarks=(replace(bench, floors={"pc": 0.01}, source="a test's"),),
)
"""


@pytest.fixture
def wheel(tmp_path: Path) -> Iterator[Wheel]:
    made = Wheel(tmp_path / "dist", "127.0.0.1")
    yield made
    made.close()


def printed(vm: Vm, pattern: str, timeout_s: float) -> str:
    """What the serial console shows, once it matches."""
    end = time.monotonic() + timeout_s
    while not (found := re.search(pattern, text := (vm.folder / "console.log").read_text(errors="replace"))):
        assert time.monotonic() < end, text[-4000:]
        assert text.count("rigprov: failed: ") < 5, text[-4000:]  # it tries five times a boot
        time.sleep(2)
    return found[0]


def test_it_boots_is_cut_off_and_reaches_verified(wheel: Wheel, rigprov: Rigprov, tmp_path: Path) -> None:
    if found := virtual_machine_problems():
        pytest.skip("; ".join(found))
    slow = 1 if accelerator.is_kvm() else 12
    tier, user_data = tmp_path / "unattended.py", tmp_path / "user-data"
    tier.write_text(TIER)
    made = rigprov("cloud-init", "--tier", tier, *wheel.source(CONTROLLER), "--every", "1d", "-o", user_data)
    assert made.returncode == 0, made.stderr

    options = {"cloud_init": True, "user_data": user_data.read_text(), "memory_mib": 4608}
    with Vm(f"live-{os.getpid()}-unattended", (), **options) as vm:  # type: ignore[arg-type]  # the fields of Spec
        printed(vm, r"localhost: model_storage \(2 of 4\)", 600 * slow)
        vm.kill()
        vm.start()
        said = printed(vm, r"rigprov: verified: smollm2-135m [\d.]+ tok/s decode \(floor 0\.01\)", 900 * slow)

        result = json.loads(out(vm, "cat /var/lib/rigprov/pull/result.json"))
        assert (result["state"], result["verdict"], result["tier"]) == ("verified", "pass", "/etc/rigprov/tiers/unattended.py")
        assert f"{result['tokens_per_second']:.1f} tok/s" in said
        assert out(vm, "systemctl is-enabled rigprov-pull.timer") == "enabled"
        boots = (vm.folder / "console.log").read_text(errors="replace").count("Linux version ")
        vm.shut_down()
        vm.start()
        assert out(vm, "systemctl show -p ConditionResult --value rigprov-provision") == "no"
        assert boots == 2

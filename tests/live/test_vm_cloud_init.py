"""A virtual machine whose user data are the output of `rigprov cloud-init`: nobody logs in, its power is cut, it measures.

There is no Docker, whose packages take an emulated processor half an hour, and the floor only says that tokens come out. Without
KVM it does not measure: an emulated processor, which calculates with fractions in software, takes six seconds a token, and
`verify` gives a request five minutes.
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

VERIFIED = r"rigprov: verified: smollm2-135m [\d.]+ tok/s decode \(floor 0\.01\)"
APPLIED = r"rigprov: applied"
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
    measures = accelerator.is_kvm()
    options = ["--every", "1d", *([] if measures else ["--no-verify"])]
    made = rigprov("cloud-init", "--tier", tier, *wheel.source(CONTROLLER), *options, "-o", user_data)
    assert made.returncode == 0, made.stderr

    with Vm(f"live-{os.getpid()}-unattended", (), cloud_init=True, user_data=user_data.read_text(), memory_mib=4608) as vm:
        printed(vm, r"localhost: model_storage \(2 of 4\)", 600 * slow)
        vm.kill()
        vm.start()
        said = printed(vm, VERIFIED if measures else APPLIED, 900 * slow)

        result = json.loads(out(vm, "cat /var/lib/rigprov/pull/result.json"))
        assert result["tier"] == "/etc/rigprov/tiers/unattended.py"
        if measures:
            assert (result["state"], result["verdict"]) == ("verified", "pass")
            assert f"{result['tokens_per_second']:.1f} tok/s" in said
        else:
            assert (result["state"], result["verdict"]) == ("applied", None)
            assert out(vm, "curl -sf http://127.0.0.1:8080/health") == '{"status":"ok"}', "the engine has its model"
        assert out(vm, "systemctl is-enabled rigprov-pull.timer") == "enabled"
        boots = (vm.folder / "console.log").read_text(errors="replace").count("Linux version ")
        vm.shut_down()
        vm.start()
        assert out(vm, "systemctl show -p ConditionResult --value rigprov-provision") == "no"
        assert boots == 2

"""`rigprov verify` on a machine that was set up: its verdicts on the real engine, and what it leaves behind."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.targets import Target

pytestmark = pytest.mark.live

Rigprov = Callable[..., subprocess.CompletedProcess[str]]

MODEL = "/srv/models/SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
# Just what a measurement needs, so that the module's machine is ready soon.
TIER = """\
from dataclasses import replace
from rigprov.tiers.starter import STARTER

bench = next(one for one in STARTER.benchmarks if one.model == "smollm2-135m")
floors = dict.fromkeys(bench.floors, {floor})
roles = ("base", "model_storage", "models", "llm_runtime")
TIER = replace(STARTER, name="proof", roles=roles, benchmarks=(replace(bench, floors=floors),))
"""


def sudo(target: Target, command: str) -> str:
    done = target.run(f"sudo sh -c '{command}'")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def tier(folder: Path, floor: float) -> Path:
    path = folder / "proof_tier.py"
    path.write_text(TIER.format(floor=floor))
    return path


@pytest.fixture
def measure(module_target: Target, rigprov: Rigprov, tmp_path: Path) -> Callable[..., tuple[int, dict[str, Any]]]:
    """Exit code and proof of `rigprov verify` on the module's machine, which is set up first where it is not yet."""
    way = ("-F", module_target.ssh_config, module_target.name)
    if module_target.run("test -e /usr/local/bin/rigprov-llm").returncode:
        done = rigprov("apply", "--tier", tier(tmp_path, 1.0), "--no-verify", "--yes", *way)
        assert done.returncode == 0, done.stderr

    def call(floor: float = 1.0) -> tuple[int, dict[str, Any]]:
        ended = rigprov("verify", "--json", "--tier", tier(tmp_path, floor), *way)
        key = sudo(module_target, "cat /etc/rigprov/llm/api_key")
        assert len(key) > 20
        assert key not in ended.stdout + ended.stderr
        proof: dict[str, Any] = json.loads(ended.stdout)["data"]["hosts"][module_target.name]
        return ended.returncode, proof

    return call


Measure = Callable[..., tuple[int, dict[str, Any]]]


def test_a_running_engine_is_proved_and_left_running(measure: Measure, module_target: Target) -> None:
    before = sudo(module_target, "ls -A /tmp /var/tmp /root /dev/shm; systemctl show -p MainPID rigprov-llm")

    code, proof = measure()

    assert (code, proof["verdict"], proof["model_sha256"]) == (0, "pass", SHA256)
    assert proof["engine"].startswith("xllamacpp ")
    assert len(proof["runs"]) == 5
    assert proof["minimum"] <= proof["median"] <= proof["maximum"]
    assert proof["bytes_per_token"] == 96_576_768  # what the engine itself gives as the size of its weights
    assert proof["bandwidth_gb_s"] is None or proof["bandwidth_gb_s"] > 1
    assert proof["load_s"] is None
    assert proof["disk"]["cached"] is None  # the engine has the file: nothing was dropped
    assert "the web page of the engine answers" in proof["notes"]
    assert sudo(module_target, "ls -A /tmp /var/tmp /root /dev/shm; systemctl show -p MainPID rigprov-llm") == before
    assert module_target.run("pgrep -u nobody").returncode == 1


def test_a_stopped_engine_is_started_measured_and_stopped_again(measure: Measure, module_target: Target) -> None:
    sudo(module_target, "rigprov-llm stop")
    try:
        code, proof = measure()
        assert (code, proof["verdict"]) == (0, "pass")
        assert proof["load_s"] > 0
        # The machine's disk is an image that lies outside of it: nothing proves that it is not in memory.
        assert (proof["disk"]["gb_s"], proof["disk"]["cached"]) == (None, None)
        assert "cannot be seen from here" in proof["disk"]["reason"]
        assert module_target.run("sudo rigprov-llm status").returncode == 3
    finally:
        sudo(module_target, "rigprov-llm start; rigprov-llm wait 60")


def test_below_the_floor(measure: Measure) -> None:
    code, proof = measure(floor=1e6)
    assert (code, proof["verdict"]) == (5, "slow")
    assert proof["reason"].startswith("no run reached the floor of 1e+06 tok/s; the best was ")
    assert proof["fix"]


def test_a_program_on_the_port_is_named_and_left_alone(measure: Measure, module_target: Target) -> None:
    sudo(module_target, "rigprov-llm stop; systemd-run --quiet --unit=squatter python3 -m http.server --bind 127.0.0.1 8080")
    try:
        code, proof = measure()
        assert (code, proof["verdict"], proof["median"]) == (5, "not measured", None)
        assert proof["reason"].startswith("port 8080 is taken by python3 (process ")
        assert sudo(module_target, "systemctl is-active squatter") == "active"
    finally:
        sudo(module_target, "systemctl stop squatter; rigprov-llm start; rigprov-llm wait 60")


@pytest.mark.parametrize("where", [0, 40], ids=["header", "weights"])
def test_a_damaged_model_is_wrong_however_fast_it_is(measure: Measure, module_target: Target, where: int) -> None:
    zeros = f"dd if=/dev/zero of={MODEL} bs=1M count=1 seek={where} conv=notrunc status=none"
    sudo(module_target, f"rigprov-llm stop; cp -p {MODEL} /root/good; {zeros}")
    try:
        code, proof = measure()
        assert (code, proof["verdict"], proof["median"]) == (5, "wrong", None)
        assert proof["model_sha256"] != SHA256
        assert "is not the planned file" in proof["reason"]
        assert module_target.run("sudo rigprov-llm status").returncode == 3
    finally:
        sudo(module_target, f"mv /root/good {MODEL}; rigprov-llm start; rigprov-llm wait 60")


def test_an_engine_that_cannot_start_is_quoted(measure: Measure, module_target: Target) -> None:
    sudo(module_target, "rigprov-llm stop; mv /opt/rigprov/llm/serve.py /root/serve.py")
    try:
        code, proof = measure()
        assert (code, proof["verdict"]) == (5, "not measured")
        assert proof["reason"] == "the engine ended before it had loaded the model"
        assert any("serve.py" in note for note in proof["notes"])
    finally:
        sudo(module_target, "mv /root/serve.py /opt/rigprov/llm/serve.py; rigprov-llm start; rigprov-llm wait 60")


def test_a_host_that_does_not_answer(module_target: Target, rigprov: Rigprov, tmp_path: Path) -> None:
    done = rigprov("verify", "--tier", tier(tmp_path, 1.0), "-F", module_target.ssh_config, "ops@127.0.0.1:1")
    assert done.returncode == 6
    assert done.stdout == ""
    assert "127.0.0.1" in done.stderr


def test_a_bare_host_is_told_to_apply(targets: Callable[..., list[Target]], rigprov: Rigprov, tmp_path: Path) -> None:
    bare = targets(1, bare=True)[0]
    done = rigprov("verify", "--tier", tier(tmp_path, 1.0), "-F", bare.ssh_config, bare.name)
    assert done.returncode == 5
    assert "not measured: there is no python3 on the host" in done.stdout
    assert "run `rigprov apply` first" in done.stderr

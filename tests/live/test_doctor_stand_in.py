"""`rigprov doctor` on a machine that is made to look as if it had a GPU: the real probe, with stand-ins below it.

The bus and the driver's files in /proc are temporary file systems over the real ones, the libraries are built from the
stand-in driver in C, and `nvidia-smi` is a shell script. So the commands of the probe are run as on a machine with a GPU.
"""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.targets import Target

pytestmark = pytest.mark.live

Rigprov = Callable[..., subprocess.CompletedProcess[str]]
UUID = "GPU-1c0f7a52-3f0e-4a61-9b7d-0a5d8e2f4c11"
DRIVER = Path(__file__).parents[1] / "fixtures" / "cuda" / "driver.c"
LIBRARIES = "/usr/local/lib"

SET_UP = f"""
set -e
mount -t tmpfs bus /sys/bus/pci
card=/sys/bus/pci/devices/0000:01:00.0
mkdir -p $card /sys/bus/pci/drivers/nvidia /sys/bus/pci/slots/4
printf '0000:01:00\\n' >/sys/bus/pci/slots/4/address
for pair in vendor=0x10de device=0x2204 class=0x030000 subsystem_vendor=0x10de subsystem_device=0x1454; do
    echo "${{pair#*=}}" >"$card/${{pair%%=*}}"
done
printf '\\336\\020\\004\\042' >$card/config
ln -s ../../drivers/nvidia $card/driver
mount -t tmpfs driver /proc/driver
mkdir /proc/driver/nvidia
echo 'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build  (b@e)' >/proc/driver/nvidia/version
for node in nvidiactl nvidia0 nvidia-uvm; do
    touch /dev/$node
    mount --bind /dev/null /dev/$node
done
cat >/usr/local/bin/nvidia-smi <<'END'
#!/bin/sh
case "$*" in
*index,name*) echo "0, NVIDIA GeForce RTX 3090, {UUID}, 24576, [N/A], 580.95.05" ;;
*pci.bus_id*) echo "0, 00000000:01:00.0, Enabled, Default, 10" ;;
esac
END
chmod 755 /usr/local/bin/nvidia-smi
mv /opt/libcuda.so {LIBRARIES}/libcuda.so.580.95.05
"""


def library(version: str) -> str:
    """The library as a package of a version puts it there."""
    name = f"libcuda.so.{version}"
    return f"cd {LIBRARIES} && {{ [ -e {name} ] || mv libcuda.so.[0-9]*.* {name}; }} && ln -sf {name} libcuda.so.1 && ldconfig"


@pytest.fixture(scope="module")
def rig(module_target: Target, tmp_path_factory: pytest.TempPathFactory) -> Target:
    """The machine with its stand-in GPU, which computes on both "devices" that the library has."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler to build the stand-in driver with")
    built = tmp_path_factory.mktemp("cuda") / "libcuda.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-w", "-Wl,-soname,libcuda.so.1", "-o", built, DRIVER], check=True)
    shutil.copy(built, module_target.root / "opt" / "libcuda.so")
    done = module_target.run(f"sudo sh -s <<'RIG'\n{SET_UP}{library('580.95.05')}\nRIG")
    assert done.returncode == 0, done.stderr
    return module_target


@pytest.fixture
def asked(rig: Target, rigprov: Rigprov) -> Callable[[], dict[str, Any]]:
    def ask() -> dict[str, Any]:
        done = rigprov("doctor", rig.name, "-F", rig.ssh_config, "--json")
        (host,) = json.loads(done.stdout)["data"]["hosts"].values()
        return {layer["name"]: layer for layer in host["layers"]} | {"exit": done.returncode, "first": host["first_broken"]}

    return ask


@pytest.fixture
def newer_library(rig: Target) -> Iterator[None]:
    rig.run(f"sudo sh -c '{library('580.105.08')}'")
    yield
    rig.run(f"sudo sh -c '{library('580.95.05')}'")


def test_all_layers_up_to_the_kernel_are_fine(asked: Callable[[], dict[str, Any]]) -> None:
    found = asked()

    assert (found["exit"], found["first"]) == (0, None)
    assert [found[name]["state"] for name in ("pci", "module", "versions", "nvml", "cuda")] == ["fine"] * 5
    assert found["pci"]["said"] == "NVIDIA GeForce RTX 3090 at 0000:01:00.0 (slot 4)"
    assert found["versions"]["said"] == "module and libraries are of one version, 580.95.05"
    assert found["cuda"]["said"] == "a kernel ran and gave the right result on GPU 0 and 1, CUDA 13.0"
    assert found["container"]["state"] == found["model"]["state"] == "does not apply"


@pytest.mark.usefixtures("newer_library")
def test_f18_libraries_of_another_version(asked: Callable[[], dict[str, Any]]) -> None:
    found = asked()

    assert (found["exit"], found["first"]) == (5, "versions")
    assert found["versions"]["said"] == "the loaded NVIDIA module is 580.95.05, the library is 580.105.08"
    assert f"library: {LIBRARIES}/libcuda.so.580.105.08" in found["versions"]["findings"][0]["evidence"]


def test_f22_the_card_reads_ones(rig: Target, asked: Callable[[], dict[str, Any]]) -> None:
    config = "/sys/bus/pci/devices/0000:01:00.0/config"
    rig.run(f"sudo sh -c \"printf '\\\\377\\\\377\\\\377\\\\377' >{config}\"")
    found = asked()
    rig.run(f"sudo sh -c \"printf '\\\\336\\\\020\\\\004\\\\042' >{config}\"")

    assert (found["exit"], found["first"]) == (5, "pci")
    assert "(slot 4) has fallen off the bus" in found["pci"]["said"]


@pytest.fixture
def docker(rig: Target, tmp_path: Path) -> Target:
    """A real engine with one image, in which a program named nvidia-smi tells the GPU's UUID."""
    (tmp_path / "smi.c").write_text(f'#include <stdio.h>\nint main(void) {{ return puts("{UUID}") < 0; }}\n')
    (tmp_path / "image" / "bin").mkdir(parents=True)
    program = tmp_path / "image" / "bin" / "nvidia-smi"
    subprocess.run(["cc", "-static", "-o", program, tmp_path / "smi.c"], check=True)
    subprocess.run(["tar", "-C", tmp_path / "image", "-cf", rig.root / "opt" / "image.tar", "."], check=True)
    install = "sudo DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends docker.io iptables"
    done = rig.run(f"sudo apt-get -qq update && {install} && sudo docker import /opt/image.tar example/ubuntu:1")
    assert done.returncode == 0, done.stderr
    return rig


@pytest.mark.nightly
def test_f32_and_f36_only_a_container_that_ran_is_a_proof(docker: Target, asked: Callable[[], dict[str, Any]]) -> None:
    without = asked()
    # Docker offers a driver "nvidia" where a hook of this name was there when it started.
    hook = "/usr/bin/nvidia-container-runtime-hook"
    for path in (hook, "/usr/bin/nvidia-ctk"):
        docker.run(f"printf '#!/bin/sh\nexit 0\n' | sudo tee {path} && sudo chmod 755 {path}")
    not_restarted = asked()
    docker.run("sudo systemctl restart docker")
    found = asked()

    assert (without["exit"], without["container"]["findings"][0]["code"]) == (5, "toolkit-missing")
    assert (not_restarted["exit"], not_restarted["container"]["findings"][0]["code"]) == (5, "runtime-unregistered")
    assert (found["exit"], found["container"]["state"]) == (0, "fine")
    assert found["container"]["said"] == "`docker run --gpus all example/ubuntu:1` saw 1 GPU"
    assert docker.run("sudo docker ps --all --quiet").stdout == ""
    assert docker.run("sudo docker image ls --quiet | wc -l").stdout.strip() == "1"


def test_f21_nodes_are_missing(rig: Target, asked: Callable[[], dict[str, Any]]) -> None:
    rig.run("sudo umount /dev/nvidiactl && sudo rm /dev/nvidiactl && sudo mv /usr/local/bin/nvidia-smi /root/smi")
    rig.run("printf '#!/bin/sh\\nexit 9\\n' | sudo tee /usr/local/bin/nvidia-smi && sudo chmod 755 /usr/local/bin/nvidia-smi")
    found = asked()
    rig.run(
        "sudo mv /root/smi /usr/local/bin/nvidia-smi && sudo touch /dev/nvidiactl && sudo mount --bind /dev/null /dev/nvidiactl"
    )

    assert (found["exit"], found["first"]) == (5, "nvml")
    assert found["nvml"]["findings"][0]["code"] == "no-device-nodes"

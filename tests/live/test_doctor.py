"""`rigprov doctor` over real SSH: a machine without a GPU, the same with faults planted, and nothing left behind."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.targets import Target

pytestmark = pytest.mark.live

Rigprov = Callable[..., subprocess.CompletedProcess[str]]
ROW = "0, NVIDIA GeForce RTX 3090, GPU-1c0f7a52-3f0e-4a61-9b7d-0a5d8e2f4c11, 24576, [N/A], 580.95.05"
PLANTED = ("/usr/local/bin/nvidia-smi", "/usr/local/bin/rigprov-llm", "/etc/rigprov/llm/server.json")


def layers(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    (host,) = json.loads(done.stdout)["data"]["hosts"].values()
    return {layer["name"]: layer["state"] for layer in host["layers"]}


def left_behind(target: Target) -> list[str]:
    """What could tell that doctor was there: its temporary files, and files that it might have changed."""
    where = "sudo find /run /dev/shm /tmp /var/tmp /etc /usr /opt /var/lib -xdev -newer /run/before"
    what = r"\( -type f -o -name 'rigprov.*' \) -not -path '/run/*systemd*' -not -path '/run/udev/*'"
    found = target.run(f"{where} {what} 2>/dev/null")
    by_login = ("/sudo/", "/run/utmp", "/run/motd.dynamic")
    return [path for path in found.stdout.split() if not any(part in path for part in by_login)]


def plant(target: Target, path: str, text: str) -> None:
    target.run(f"sudo mkdir -p {Path(path).parent} && printf '%s' '{text}' | sudo tee {path} >/dev/null && sudo chmod 755 {path}")


@pytest.fixture
def planted(module_target: Target) -> Iterator[Callable[[str, str], None]]:
    yield lambda path, text: plant(module_target, path, text)
    module_target.run(f"sudo rm -rf {' '.join(PLANTED)} /etc/rigprov")


def test_a_machine_without_gpu_is_fine_and_stays_as_it_was(module_target: Target, rigprov: Rigprov, tmp_path: Path) -> None:
    module_target.run("sudo touch /run/before; sleep 0.1")
    began = time.monotonic()
    done = rigprov("doctor", module_target.name, "-F", module_target.ssh_config, "--record", tmp_path / "rec")
    took = time.monotonic() - began
    again = rigprov("doctor", "--from", tmp_path / "rec")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{module_target.name}: every layer that applies is fine, and there is no NVIDIA GPU\n")
    assert "PCI bus        does not apply  no NVIDIA GPU on the bus" in done.stdout
    assert (again.returncode, again.stdout) == (0, done.stdout)
    assert left_behind(module_target) == []
    assert took < 30


def test_f01_an_nvidia_smi_that_fails_is_no_machine_without_gpu(
    module_target: Target, rigprov: Rigprov, planted: Callable[[str, str], None]
) -> None:
    planted(
        PLANTED[0], "#!/bin/sh\necho NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.\nexit 9\n"
    )
    done = rigprov("doctor", module_target.name, "-F", module_target.ssh_config)

    assert done.returncode == 5
    assert "no NVIDIA GPU on the bus, though this machine had one or was set up for one" in done.stderr
    assert "| nvidia-smi: NVIDIA-SMI has failed" in done.stdout


def test_f01_an_nvidia_smi_that_lies_proves_nothing(
    module_target: Target, rigprov: Rigprov, planted: Callable[[str, str], None]
) -> None:
    planted(PLANTED[0], f"#!/bin/sh\necho '\"'\"'{ROW}'\"'\"'\n")
    done = rigprov("doctor", module_target.name, "-F", module_target.ssh_config, "--json")

    assert (done.returncode, layers(done)["module"], layers(done)["nvml"]) == (5, "broken", "not reached")
    assert "the machine below this container has no NVIDIA module loaded" in done.stderr


def test_an_engine_that_is_stopped(module_target: Target, rigprov: Rigprov, planted: Callable[[str, str], None]) -> None:
    planted(PLANTED[1], "#!/bin/sh\n[ $1 = status ] && echo stopped\nexit 3\n")
    planted(PLANTED[2], '{"model": "/srv/models/a.gguf", "gpu_layers": "0"}')
    done = rigprov("doctor", module_target.name, "-F", module_target.ssh_config, "--json")

    assert (done.returncode, layers(done)["pci"], layers(done)["model"]) == (5, "does not apply", "broken")
    assert f"error: {module_target.name}: model: the engine is stopped\nhint: `rigprov-llm start`" in done.stderr


def test_a_host_that_is_away(rigprov: Rigprov) -> None:
    done = rigprov("doctor", "ops@127.0.0.1:9")
    assert (done.returncode, done.stdout) == (6, "")

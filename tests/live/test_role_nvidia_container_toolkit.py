"""Role nvidia_container_toolkit beside a real Docker, with stand-ins for NVIDIA's packages and for its driver.

There is no GPU here: what is shown is what the role leaves on the machine, not that a container sees a GPU.
"""

import json
import shlex
from typing import Any

import pytest

from tests.live import vendors
from tests.live.play import apply, out, rollback, state
from tests.targets import Target

pytestmark = [pytest.mark.live, pytest.mark.nightly]
TOOLKIT = ["nvidia_container_toolkit"]
FILE = "/etc/docker/daemon.json"
RUNTIME = {"nvidia": {"path": "nvidia-container-runtime"}}
OWN: dict[str, dict[str, Any]] = {"log-opts": {"max-size": "1m"}, "runtimes": {"mine": {"path": "/usr/local/bin/mine"}}}
BOTH = {**OWN["runtimes"], **RUNTIME}
SPEC = "/var/run/cdi/nvidia.yaml"
OWN_UNITS = ["rigprov-cdi-refresh.path", "rigprov-cdi-refresh.service"]


@pytest.fixture(scope="module")
def keys(module_target: Target) -> tuple[str, str]:
    """Fingerprints of the keys that the stand-in repositories are signed with."""
    return vendors.serve(module_target)


def values(keys: tuple[str, str], version: str) -> dict[str, Any]:
    names = ("nvidia-container-toolkit", "nvidia-container-toolkit-base", "libnvidia-container-tools", "libnvidia-container1")
    return {
        "docker_source": "distribution",
        "nvidia_container_toolkit_repository": vendors.entry("toolkit", keys[0]),
        "nvidia_container_toolkit_packages": [f"{name}={version}" for name in names],
        "nvidia_container_toolkit_hold": list(names),
    }


def driver(target: Target, version: str) -> None:
    """A stand-in for nvidia-smi that names this version."""
    text = f"#!/bin/sh\n# stand-in of the tests\necho {version}\n"
    out(target, f"printf %s {shlex.quote(text)} | sudo tee /usr/bin/nvidia-smi > /dev/null; sudo chmod 755 /usr/bin/nvidia-smi")


def daemon_json(target: Target) -> dict[str, Any]:
    return dict(json.loads(out(target, f"sudo cat {FILE}")))


def started(target: Target) -> str:
    return out(target, "systemctl show -p ActiveEnterTimestampMonotonic --value docker")


def test_life_of_the_role_with_the_docker_role(module_target: Target, keys: tuple[str, str]) -> None:
    roles = ["docker", *TOOLKIT]
    old = values(keys, "1.17.8-1")
    out(module_target, f"sudo mkdir -p /etc/docker; echo {shlex.quote(json.dumps(OWN))} | sudo tee {FILE}")
    bare = state(module_target)
    checked = apply(module_target, roles, check=True, **old)
    assert checked.rc == 0, checked.text
    assert state(module_target) == bare

    first = apply(module_target, roles, **old)
    assert first.rc == 0, first.text
    assert "No NVIDIA driver answers yet" in first.words
    assert apply(module_target, roles, **old).verdict == (0, 0)
    assert daemon_json(module_target)["runtimes"] == BOTH
    assert "nvidia" in out(module_target, "sudo docker info -f '{{json .Runtimes}}'")
    assert out(module_target, f"systemctl is-enabled {' '.join(OWN_UNITS)}; systemctl is-active {OWN_UNITS[0]}") == (
        "enabled\nenabled\nactive"
    )
    blacklist = "apt-config dump Unattended-Upgrade::Package-Blacklist | cut -d' ' -f2- | sort"
    assert out(module_target, blacklist).split() == ['"";', '"containerd$";', '"docker\\.io$";', '"runc$";']

    # A driver arrives: the specification follows, at once by the units, and at the latest with the next run.
    driver(module_target, "580.95.05")
    appeared = apply(module_target, TOOLKIT, **old)
    assert appeared.verdict == (0, 1), appeared.text
    assert "libcuda.so.580.95.05" in out(module_target, f"cat {SPEC}")
    driver(module_target, "595.91.07")
    out(module_target, "sudo systemctl daemon-reload; sudo systemctl start rigprov-cdi-refresh.service")
    assert "libcuda.so.595.91.07" in out(module_target, f"cat {SPEC}")
    began = started(module_target)
    assert apply(module_target, roles, **old).verdict == (0, 0)
    assert (started(module_target), daemon_json(module_target)["runtimes"]) == (began, BOTH)


def test_the_newer_package_and_the_rollback(module_target: Target, keys: tuple[str, str]) -> None:
    """Goes on where the test above ends: the newer package has units itself, and the docker role's wants change."""
    roles = ["docker", *TOOLKIT]
    new = values(keys, "1.18.0-1")
    upgraded = apply(module_target, roles, **new, docker_daemon_options={"debug": True})
    assert upgraded.rc == 0, upgraded.text
    assert daemon_json(module_target)["runtimes"] == BOTH
    assert (
        out(module_target, "systemctl is-enabled nvidia-cdi-refresh.path; ls /etc/systemd/system | grep rigprov || true")
        == "enabled"
    )
    assert apply(module_target, roles, **new, docker_daemon_options={"debug": True}).verdict == (0, 0)

    # Its rollback takes out its keys alone.
    taken_out = rollback(module_target, TOOLKIT)
    assert taken_out.rc == 0, taken_out.text
    assert daemon_json(module_target) == {
        **OWN,
        "debug": True,
        "log-driver": "json-file",
        "log-opts": {"max-size": "1m", "max-file": "3"},
    }
    assert (
        out(
            module_target,
            f"apt-mark showhold; ls {SPEC} /etc/apt/sources.list.d/rig* 2>/dev/null || true; which nvidia-ctk || true",
        )
        == ""
    )
    assert "nvidia" not in out(module_target, "sudo docker info -f '{{json .Runtimes}}'")
    assert rollback(module_target, TOOLKIT).verdict == (0, 0)
    assert rollback(module_target, ["docker"]).rc == 0
    assert daemon_json(module_target) == OWN
    assert out(module_target, "ls /etc/apt/apt.conf.d | grep rigprov; sudo ls /var/lib/rigprov") == ""


def test_what_the_users_docker_settings_rule_out(module_target: Target, keys: tuple[str, str]) -> None:
    """Docker is the user's own here: the role docker isn't in the plan, and its settings are not written."""
    wants = values(keys, "1.18.0-1")
    no_docker = apply(module_target, TOOLKIT, **wants)
    assert no_docker.rc == 2
    assert "Docker is not installed, so it cannot be told of the GPUs. Add the role docker" in no_docker.words
    out(module_target, "sudo apt-get -qqy install --no-install-recommends docker.io > /dev/null; sudo systemctl start docker")
    broken = '{\n  "debug": true\n  "mtu": 1400\n}\n'
    out(module_target, f"printf %s {shlex.quote(broken)} | sudo tee {FILE}")
    refused = apply(module_target, TOOLKIT, **wants)
    assert refused.rc == 2
    assert f"{FILE} is not valid JSON: line 3, column 3: Expecting ',' delimiter. Mend the file" in refused.words
    assert out(module_target, f"sudo cat {FILE}") == broken.strip()

    own = {"debug": True, "features": {"buildkit": True}, "runtimes": {"nvidia": {"path": "/opt/own"}}}
    out(module_target, f"echo {shlex.quote(json.dumps(own))} | sudo tee {FILE}; sudo systemctl restart docker")
    began = started(module_target)
    assert apply(module_target, TOOLKIT, **wants).rc == 0
    assert (daemon_json(module_target), started(module_target)) == (own, began)
    assert rollback(module_target, TOOLKIT).rc == 0
    assert (daemon_json(module_target), started(module_target)) == (own, began)

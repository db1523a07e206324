"""Role docker on live machines. Its own repository is a stand-in here (signed, served by the target itself)."""

import json
import time
from typing import Any

import pytest

from tests.live import vendors
from tests.live.play import apply, cut, out, rollback, start, state
from tests.targets import Target

pytestmark = pytest.mark.live
DOCKER = ["docker"]
FILE = "/etc/docker/daemon.json"
# An image of one file, so that no registry is needed.
IMAGE = "tar -C / -c usr/bin/true | docker import -c 'CMD [\"/true\"]' - probe > /dev/null"


def daemon_json(target: Target) -> dict[str, object]:
    return dict(json.loads(out(target, f"sudo cat {FILE}")))


def write(target: Target, text: str) -> None:
    out(target, f"sudo mkdir -p /etc/docker && printf %s '{text}' | sudo tee {FILE} > /dev/null && sudo chmod 600 {FILE}")


def test_f34_life_of_the_role_beside_the_users_own_settings(target: Target) -> None:
    own = {"registry-mirrors": ["https://mirror.example"], "log-opts": {"max-size": "1m", "labels": "team"}}
    write(target, json.dumps(own))
    values: dict[str, Any] = {"docker_source": "distribution", "docker_users": ["ops"]}
    bare = state(target)
    checked = apply(target, DOCKER, check=True, **values)
    assert checked.rc == 0, checked.text
    assert state(target) == bare

    first, second = apply(target, DOCKER, **values), apply(target, DOCKER, **values)
    assert first.rc == 0, first.text
    assert second.verdict == (0, 0), second.text
    assert daemon_json(target) == {
        "registry-mirrors": ["https://mirror.example"],
        "log-driver": "json-file",
        "log-opts": {"max-size": "1m", "labels": "team", "max-file": "3"},
    }
    assert out(target, f"stat -c %a {FILE}; systemctl is-enabled docker; id -nG").split() == [
        "600",
        "enabled",
        "ops",
        "sudo",
        "docker",
    ]
    # A login of its own each time, so the new group counts.
    assert out(
        target,
        f"{IMAGE} && docker create --name keep probe > /dev/null && docker inspect keep -f '{{{{json .HostConfig.LogConfig}}}}'",
    )
    assert out(target, "docker info -f '{{.RegistryConfig.Mirrors}}'") == "[https://mirror.example/]"

    # A changed want takes the place of the role's own value, never of the user's, and is in force at once.
    changed = apply(
        target, DOCKER, **values, docker_log_max_size="9m", docker_log_max_file=5, docker_daemon_options={"debug": True}
    )
    assert changed.rc == 0, changed.text
    assert daemon_json(target)["log-opts"] == {"max-size": "1m", "labels": "team", "max-file": "5"}
    assert out(target, "docker info -f '{{.Debug}}'") == "true"

    taken_out = rollback(target, DOCKER)
    assert taken_out.rc == 0, taken_out.text
    assert daemon_json(target) == own
    assert (
        out(target, "command -v docker || id -nG; sudo ls /var/lib/rigprov; sudo ls /var/lib/docker/containers | wc -l")
        == "ops sudo\n1"
    )
    assert rollback(target, DOCKER).verdict == (0, 0)

    again = apply(target, DOCKER, **values)
    assert again.rc == 0, again.text
    assert out(target, "docker ps -a --format '{{.Names}}'") == "keep"
    assert apply(target, DOCKER, **values).verdict == (0, 0)


def test_f35_a_broken_daemon_json_stops_the_role_and_is_left_alone(target: Target) -> None:
    broken = '{\n  "debug": true\n  "mtu": 1400\n}\n'
    write(target, broken)
    before = state(target)

    refused = apply(target, DOCKER, docker_source="distribution")

    assert refused.rc == 2
    assert f"{FILE} is not valid JSON: line 3, column 3: Expecting ',' delimiter. Mend the file" in refused.words
    assert out(target, f"sudo cat {FILE}") == broken.strip()
    assert state(target) == before


@pytest.mark.nightly
def test_f40_unattended_upgrades_leave_docker_alone(target: Target) -> None:
    """F40. The newer packages are stand-ins, offered beside the distribution's; nothing is installed from them."""
    vendors.serve(target)
    assert apply(target, DOCKER, docker_source="distribution").rc == 0
    sources = "sudo tee /etc/apt/sources.list.d/own.list > /dev/null; sudo apt-get -qq update"
    entry = f"deb [trusted=yes] {vendors.URL}/{{}} /"
    out(target, f"echo '{entry.format('first')}' | {sources}; sudo apt-get -qqy install nobodys unattended-upgrades > /dev/null")
    out(target, f"echo '{entry.format('upgrades')}' | {sources}")
    by_hand = {"containerd", "docker.io", "nobodys", "runc"}
    assert by_hand <= set(out(target, "apt-get -s upgrade | sed -n 's/^Inst \\([^ ]*\\) .*/\\1/p'").split())
    settings = '"Unattended-Upgrade::Origins-Pattern { \\"site=127.0.0.1\\"; };"'
    dry = f"echo {settings} | sudo tee /etc/apt/apt.conf.d/99test > /dev/null; sudo unattended-upgrade --dry-run --verbose 2>&1"

    def upgraded() -> set[str]:
        line = next(line for line in out(target, dry).splitlines() if line.startswith("Packages that will be upgraded: "))
        return by_hand & set(line.split())

    assert upgraded() == {"nobodys"}
    assert apply(target, DOCKER, docker_source="distribution", docker_exclude_from_unattended_upgrades=False).rc == 0
    assert upgraded() == by_hand


@pytest.mark.nightly
def test_power_cut_while_packages_are_installed(target: Target) -> None:
    roles = ["base", "docker"]
    values: dict[str, Any] = {"docker_source": "distribution", "docker_log_max_file": 7}
    run = start(target, roles, **values)
    try:
        target.run(
            "for i in $(seq 600); do pgrep -x dpkg > /dev/null && [ -e /usr/sbin/runc ] && break; sleep 0.1; done", timeout_s=120
        )
        target.run("sync", timeout_s=30)
        target.kill()
    finally:
        cut(run)
    target.start()
    assert target.run("dpkg-query -W -f '${db:Status-Abbrev}' docker.io | grep -q ^ii").returncode != 0, (
        "cut too late to prove anything"
    )

    done = apply(target, roles, **values)

    assert done.rc == 0, done.text
    assert out(target, "sudo docker info -f '{{.LoggingDriver}}'; sudo dpkg --audit") == "json-file"
    assert daemon_json(target)["log-opts"] == {"max-size": "50m", "max-file": "7"}
    assert apply(target, roles, **values).verdict == (0, 0)
    assert rollback(target, ["docker"]).rc == 0
    assert out(target, "command -v dockerd || ls /etc/docker/daemon.json 2>&1 | grep -c 'No such'") == "1"


@pytest.mark.nightly
def test_a_run_cut_off_before_the_restart_makes_up_for_it(target: Target) -> None:
    values: dict[str, Any] = {"docker_source": "distribution"}
    assert apply(target, DOCKER, **values).rc == 0
    began = out(target, "systemctl show -p ActiveEnterTimestampMonotonic --value docker")
    run = start(target, DOCKER, **values, docker_daemon_options={"debug": True})
    try:
        # The note that a restart is due is written before the file.
        target.run(f"for i in $(seq 300); do sudo grep -q debug {FILE} && break; sleep 0.05; done", timeout_s=60)
    finally:
        cut(run)
    time.sleep(1)  # a module that had begun ends by itself
    if out(target, "systemctl show -p ActiveEnterTimestampMonotonic --value docker") != began:
        pytest.skip("the restart was quicker than the cut")
    assert out(target, "sudo docker info -f '{{.Debug}}'") == "false"

    done = apply(target, DOCKER, **values, docker_daemon_options={"debug": True})

    assert done.rc == 0, done.text
    assert out(target, "sudo docker info -f '{{.Debug}}'") == "true"
    assert apply(target, DOCKER, **values, docker_daemon_options={"debug": True}).verdict == (0, 0)


@pytest.mark.nightly
def test_f39_roots_follow_the_mount_and_never_leave_data_behind(target: Target) -> None:
    values: dict[str, Any] = {
        "docker_source": "distribution",
        "docker_data_root": "/data/docker",
        "docker_containerd_root": "/data/containerd",
        "docker_required_mount": "/data",
    }
    unit = "[Mount]\\nWhat=rig\\nWhere=/data\\nType=tmpfs\\n[Install]\\nWantedBy=multi-user.target\\n"
    out(
        target,
        f"printf '{unit}' | sudo tee /etc/systemd/system/data.mount > /dev/null; sudo systemctl enable -q --now data.mount",
    )
    done = apply(target, DOCKER, **values)
    assert done.rc == 0, done.text
    assert out(target, "sudo docker info -f '{{.DockerRootDir}}'; sudo sh -c 'ls -d /data/containerd/io.*content*'") == (
        "/data/docker\n/data/containerd/io.containerd.content.v1.content"
    )
    assert "/data" in out(target, "systemctl show -p RequiresMountsFor --value docker").split()
    assert "/data" in out(target, "systemctl show -p RequiresMountsFor --value containerd").split()
    assert apply(target, DOCKER, **values).verdict == (0, 0)

    out(target, "sudo docker volume create models")
    refused = apply(target, DOCKER, **{**values, "docker_data_root": "/srv/docker"})
    assert refused.rc == 2
    assert (
        "Docker's data root is /data/docker and holds data (models …), which would be out of sight in /srv/docker"
        in refused.words
    )
    assert daemon_json(target)["data-root"] == "/data/docker"

    out(target, "sudo docker volume rm models")
    back = apply(target, DOCKER, docker_source="distribution")
    assert back.rc == 0, back.text
    assert out(target, "sudo docker info -f '{{.DockerRootDir}}'") == "/var/lib/docker"
    assert "/data" not in out(target, "systemctl show -p RequiresMountsFor --value docker").split()
    assert apply(target, DOCKER, docker_source="distribution").verdict == (0, 0)

"""Role docker on live machines. Its own repository is a stand-in here (signed, served by the target itself)."""

import json
import time
from typing import Any

import pytest

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


def test_life_of_the_role_beside_the_users_own_settings(target: Target) -> None:
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


def test_a_broken_daemon_json_stops_the_role_and_is_left_alone(target: Target) -> None:
    broken = '{\n  "debug": true\n  "mtu": 1400\n}\n'
    write(target, broken)
    before = state(target)

    refused = apply(target, DOCKER, docker_source="distribution")

    assert refused.rc == 2
    assert f"{FILE} is not valid JSON: line 3, column 3: Expecting ',' delimiter. Mend the file" in refused.words
    assert out(target, f"sudo cat {FILE}") == broken.strip()
    assert state(target) == before


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


def test_roots_follow_the_mount_and_never_leave_data_behind(target: Target) -> None:
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


# The distribution's Docker by the names of Docker's own packages, in a repository signed with a key made on the spot.
REPOSITORY = r"""
set -e
mkdir -p /srv/repo/debian/dists/bookworm/stable/binary-amd64 /srv/repo/debian/pool && cd /srv/repo/debian
publish() {
  dpkg-deb --build -Znone /tmp/$1 pool/$1.deb > /dev/null
  { dpkg-deb --field pool/$1.deb; echo "Filename: pool/$1.deb"; echo "Size: $(stat -c %s pool/$1.deb)"
    echo "SHA256: $(sha256sum pool/$1.deb | cut -d' ' -f1)"; echo; } >> dists/bookworm/stable/binary-amd64/Packages
}
empty() {
  mkdir -p /tmp/$1/DEBIAN
  { printf 'Package: %s\nVersion: 99\nArchitecture: all\n' "$1"
    printf 'Maintainer: test\nDescription: stand-in\n%b' "$2"; } > /tmp/$1/DEBIAN/control
  publish $1
}
renamed() {
  apt-get -qq download $1
  dpkg-deb -R $1_*.deb /tmp/$2
  rm $1_*.deb
  sed -i -e "s/^Package: .*/Package: $2/" -e 's/^Version: .*/Version: 99/' -e '/^Source:/d' \
    -e 's/^Conflicts: .*/Conflicts: podman-docker/' -e 's/containerd ([^)]*)/containerd.io/' /tmp/$2/DEBIAN/control
  publish $2
}
apt-get -qq update
renamed docker.io docker-ce
renamed containerd containerd.io
for name in docker-ce-cli docker-buildx-plugin docker-compose-plugin podman-docker; do empty $name ''; done
empty needs-podman 'Depends: podman-docker\n'
cd dists/bookworm
list=stable/binary-amd64/Packages
printf 'Suite: bookworm\nCodename: bookworm\nComponents: stable\nArchitectures: amd64\nDate: %s\nSHA256:\n %s %s %s\n' \
  "$(date -Ru)" "$(sha256sum $list | cut -d' ' -f1)" "$(stat -c %s $list)" $list > Release
export GNUPGHOME=/srv/gnupg; mkdir -m 700 $GNUPGHOME
gpg --batch -q --passphrase '' --quick-generate-key test@example rsa2048 sign never
gpg --batch -q --clearsign -o InRelease Release
gpg --armor --export > /srv/repo/debian/gpg
systemd-run -q --unit repo python3 -m http.server --bind 127.0.0.1 --directory /srv/repo 8000
for i in $(seq 50); do curl -sf http://127.0.0.1:8000/debian/gpg > /dev/null && break; sleep 0.1; done
gpg --with-colons --show-keys /srv/repo/debian/gpg | grep -m1 ^fpr | cut -d: -f10
"""


def test_its_own_repository_key_and_conflicts(target: Target) -> None:
    fingerprint = out(target, f"sudo bash -c '{REPOSITORY.replace(chr(39), chr(39) + chr(92) + chr(39) + chr(39))}'")
    values: dict[str, Any] = {"docker_source": "repository", "docker_repository_url": "http://127.0.0.1:8000"}

    stranger = apply(target, DOCKER, **values)
    assert stranger.rc == 2
    assert f"is not the key 9DC858229FC7DD38854AE2D88D81803C0EBFCD88, but {fingerprint}. It was not installed" in stranger.words
    assert out(target, "ls /etc/apt/keyrings /etc/apt/sources.list.d | grep -c docker || true") == "0"

    values["docker_repository_fingerprint"] = fingerprint
    out(target, "sudo dpkg -i /srv/repo/debian/pool/podman-docker.deb /srv/repo/debian/pool/needs-podman.deb > /dev/null")
    refused = apply(target, DOCKER, **values, docker_conflicts=["podman-docker", "docker-doc"])
    assert refused.rc == 2
    assert "podman-docker cannot stay beside Docker from the repository. Set docker_remove_conflicts to true" in refused.words
    surplus = apply(target, DOCKER, **values, docker_conflicts=["podman-docker"], docker_remove_conflicts=True)
    assert surplus.rc == 2
    assert "Removing podman-docker would also remove needs-podman, which nobody asked for" in surplus.words
    unnamed = apply(target, DOCKER, **values)
    assert unnamed.rc == 2
    assert out(target, "dpkg-query -W -f '${Status}\\n' podman-docker needs-podman | sort -u") == "install ok installed"

    out(target, "sudo dpkg -r needs-podman > /dev/null")
    done = apply(target, DOCKER, **values, docker_conflicts=["podman-docker"], docker_remove_conflicts=True)
    assert done.rc == 0, done.text
    assert out(target, "sudo docker info -f '{{.LoggingDriver}}'; dpkg-query -W -f '${Version}' docker-ce") == "json-file\n99"
    assert apply(target, DOCKER, **values).verdict == (0, 0)
    assert out(target, "sudo apt-get update 2>&1 | grep -c '^[WE]:' || true") == "0"

    assert rollback(target, DOCKER, **values).rc == 0
    assert (
        out(
            target,
            "ls /etc/apt/keyrings /etc/apt/sources.list.d | grep -c docker || true; dpkg -l docker-ce | grep -c ^ii || true",
        )
        == "0\n0"
    )

    # An entry that somebody made by Docker's own instructions is used as it is.
    entry = "deb [signed-by=/etc/apt/keyrings/docker.asc] http://127.0.0.1:8000/debian bookworm stable"
    out(
        target,
        f"sudo cp /srv/repo/debian/gpg /etc/apt/keyrings/docker.asc; echo '{entry}' | sudo tee /etc/apt/sources.list.d/own.list",
    )
    assert apply(target, DOCKER, **values).rc == 0
    assert (
        out(target, "ls /etc/apt/sources.list.d/*docker* 2>&1 | grep -c 'No such'; dpkg-query -W -f '${Version}' docker-ce")
        == "1\n99"
    )
    assert rollback(target, DOCKER, **values).rc == 0
    assert out(target, "ls /etc/apt/keyrings/docker.asc /etc/apt/sources.list.d/own.list").count("\n") == 1

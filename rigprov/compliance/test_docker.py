"""Docker: there, where its data should be, with bounded logs, and open to nobody it should not be."""

import json
import re
from typing import Any

from rigprov.compliance.control import control, expect
from rigprov.compliance.machine import Machine, skip

ROLE = "docker"
_THERE = "command -v dockerd"
_SETTINGS = "/etc/docker/daemon.json"


def _needs_docker(machine: Machine) -> None:
    machine.needs_role(ROLE, _THERE)
    if not machine.ok("docker info"):
        skip("Docker does not answer (RIG-DKR-001)")


def _info(machine: Machine, what: str) -> str:
    return machine.out(f"docker info -f '{{{{.{what}}}}}'")


def _settings(machine: Machine) -> dict[str, Any]:
    try:
        read = json.loads(machine.out(f"cat {_SETTINGS} 2>/dev/null") or "{}")
    except ValueError:
        skip(f"{_SETTINGS} is not JSON (RIG-DKR-006)")
    return read if isinstance(read, dict) else {}


@control(
    "RIG-DKR-001", severity="critical", role=ROLE,
    reason="nothing runs in a container while the daemon does not answer",
    fix="`rigprov apply` installs it; where it is installed, `journalctl -u docker` says why it does not answer",
)  # fmt: skip
def test_docker_answers(machine: Machine) -> None:
    """Docker's daemon answers."""
    machine.needs_role(ROLE, _THERE)
    asked = machine.run("docker version -f '{{.Server.Version}}'")
    expect(asked.rc == 0, found=f"`docker version` ends with {asked.rc}", expected="the server's version", output=asked.both)


@control(
    "RIG-DKR-002", severity="high", role=ROLE,
    reason="containers that should come back after a reboot do not, where Docker is not started at boot",
    fix="`systemctl enable docker`",
)  # fmt: skip
def test_docker_starts_at_boot(machine: Machine) -> None:
    """Docker is started at boot."""
    machine.needs_role(ROLE, _THERE)
    machine.needs_systemd()
    if not machine.has("dockerd"):
        skip("Docker is not installed (RIG-DKR-001)")
    state = machine.out("systemctl is-enabled docker.service")
    expect(state == "enabled", found=state or "no such unit", expected="enabled")


@control(
    "RIG-DKR-003", severity="high", role=ROLE,
    reason="images and volumes in another place than is set are gone from view after the next restart, or fill the wrong disk",
    fix="set `data-root` in /etc/docker/daemon.json to where the data is; move data only while Docker is stopped",
)  # fmt: skip
def test_data_root(machine: Machine) -> None:
    """Docker's data lies where its settings and the plan say, and not in memory."""
    _needs_docker(machine)
    root, wanted = _info(machine, "DockerRootDir"), machine.promises.docker_root
    line = machine.out("tr '\\0' ' ' < /proc/$(pidof -s dockerd)/cmdline")
    set_ = root if "--data-root" in line else str(_settings(machine).get("data-root") or "/var/lib/docker")
    kind = machine.out(f"stat -f -c %T '{root}'")
    # The plan keeps a Docker that is here where it is: images that were left behind elsewhere are found by themselves.
    left = machine.ok(f"[ '{root}' != /var/lib/docker ] && [ -s /var/lib/docker/image/*/repositories.json ]")
    what = f"{root} on {kind}, set is {set_}" + (", and images in /var/lib/docker" if left else "")
    holds = root == set_.rstrip("/") == (wanted or set_).rstrip("/") and kind != "tmpfs" and not left
    expect(holds, found=what, expected=f"{wanted or set_} on a disk, in force and set")


@control(
    "RIG-DKR-004", severity="high", role=ROLE,
    reason="Docker from 29 on keeps its images in containerd: with another directory they are gone from view",
    fix="set `root` in /etc/containerd/config.toml to where the data is, and restart containerd",
)  # fmt: skip
def test_containerd_root(machine: Machine) -> None:
    """Containerd's data lies where its settings and the plan say."""
    _needs_docker(machine)
    machine.needs("containerd")
    asked = machine.run("containerd config dump")
    said = re.search(r"^root = [\"'](.*)[\"']", asked.out, re.MULTILINE)
    if not said:
        skip("containerd does not tell its directory")
    wanted = machine.promises.containerd_root or said[1]
    used = machine.ok(f"[ -e '{said[1]}/io.containerd.metadata.v1.bolt' ]")
    what = f"{said[1]} is set, and {'holds' if used else 'does not hold'} its data"
    expect(said[1] == wanted and used, found=what, expected=f"{wanted}, with its data")


@control(
    "RIG-DKR-005", severity="medium", role=ROLE,
    reason="a container's log without a limit fills the disk",
    fix='set "log-opts": {"max-size": "50m", "max-file": "3"} in /etc/docker/daemon.json and restart Docker',
)  # fmt: skip
def test_logs_are_rotated(machine: Machine) -> None:
    """Containers' logs are bounded."""
    _needs_docker(machine)
    driver = _info(machine, "LoggingDriver")
    if driver != "json-file":
        # local rotates by itself; the others keep no file of their own
        expect(driver != "", found="no log driver", expected="one")
        return
    options = _settings(machine).get("log-opts") or {}
    line = machine.out("tr '\\0' ' ' < /proc/$(pidof -s dockerd)/cmdline")
    size = options.get("max-size") or ("set by option" if "max-size=" in line else "")
    expect(size not in ("", "-1", "0"), found="json-file without max-size", expected="max-size", output=json.dumps(options))


@control(
    "RIG-DKR-006", severity="high", role=ROLE,
    reason="with settings that are not JSON, or that others may write, Docker does not start, or starts what somebody else wants",
    fix="mend /etc/docker/daemon.json; `chown root:root` and `chmod 644` it",
)  # fmt: skip
def test_settings_are_sound(machine: Machine) -> None:
    """Docker's settings are JSON that only root can write."""
    machine.needs_role(ROLE, _THERE)
    mode = machine.out(f"stat -Lc '%U %a' {_SETTINGS} 2>/dev/null")
    if not mode:
        skip(f"there is no {_SETTINGS}")
    try:
        sound = isinstance(json.loads(machine.out(f"cat {_SETTINGS}") or "{}"), dict)
    except ValueError:
        sound = False
    owner, bits = mode.split()
    closed = owner == "root" and not int(bits, 8) & 0o022
    what = f"{'JSON' if sound else 'not JSON'}, of {owner}, mode {bits}"
    expect(sound and closed, found=what, expected="a JSON object of root, writable by root only")


@control(
    "RIG-DKR-007", severity="critical", role=ROLE,
    reason="whoever may write to Docker's socket is root",
    fix="`chown root:docker /run/docker.sock` and `chmod 660` it; `systemctl cat docker.socket` says what makes it",
)  # fmt: skip
def test_socket_is_closed(machine: Machine) -> None:
    """Docker's socket is open to root and the group docker only."""
    machine.needs_role(ROLE, _THERE)
    mode = machine.out("stat -Lc '%U %G %a' /run/docker.sock 2>/dev/null")
    if not mode:
        skip("there is no socket (RIG-DKR-001)")
    owner, group, bits = mode.split()
    holds = owner == "root" and group in ("root", "docker") and not int(bits, 8) & 0o007
    expect(holds, found=f"{owner}:{group} {bits}", expected="root:docker 660")


@control(
    "RIG-DKR-008", severity="critical", role=ROLE,
    reason="Docker on a TCP port without client certificates gives root to everybody who reaches the port",
    fix="take `tcp://` out of `hosts` in daemon.json and out of the unit; use `ssh://` to reach it from elsewhere",
)  # fmt: skip
def test_no_open_port(machine: Machine) -> None:
    """Docker does not listen on TCP without client certificates."""
    _needs_docker(machine)
    line = machine.out("tr '\\0' ' ' < /proc/$(pidof -s dockerd)/cmdline")
    settings = _settings(machine)
    open_ = [word for word in [*line.split(), *map(str, settings.get("hosts") or [])] if "tcp://" in word]
    verified = settings.get("tlsverify") or "--tlsverify" in line
    expect(not open_ or verified, found=f"listens on {', '.join(open_)}", expected="its socket only, or tlsverify", output=line)


@control(
    "RIG-DKR-009", severity="medium", role=ROLE,
    reason="the group docker is as mighty as root; nobody should be in it who was not made an administrator",
    fix="`gpasswd -d USER docker`, or make the account an administrator on purpose",
)  # fmt: skip
def test_members_of_the_group_are_administrators(machine: Machine) -> None:
    """Only administrators are in the group docker."""
    machine.needs_role(ROLE, "getent group docker")
    members = set(filter(None, machine.out("getent group docker | cut -d: -f4").split(",")))
    admins = set(filter(None, machine.out("getent group sudo admin wheel | cut -d: -f4 | tr '\\n' ','").split(",")))
    others = sorted(members - admins - {"root"})
    expect(not others, found=", ".join(others), expected="members of sudo only")


@control(
    "RIG-DKR-010", severity="high", role=ROLE,
    reason="started before its disk is mounted, Docker shows no images and writes to the root disk",
    fix="`rigprov apply` writes the drop-in that lets Docker wait for the mount",
)  # fmt: skip
def test_docker_waits_for_its_disk(machine: Machine) -> None:
    """Docker waits for the disk that its data lies on."""
    _needs_docker(machine)
    machine.needs_systemd()
    root = _info(machine, "DockerRootDir")
    mount = machine.out(f"findmnt -n -o TARGET -T '{root}'")
    if mount in ("/", ""):
        skip("its data lies on the root disk")
    machine.not_in_container("the outer machine mounts the disks")
    waits = machine.show("docker.service", "RequiresMountsFor")
    holds = any(
        mount == path or mount.startswith(path.rstrip("/") + "/") or path.startswith(mount + "/") for path in waits.split()
    )
    expect(holds, found=f"waits for {waits or 'nothing'}", expected=f"RequiresMountsFor={mount}")


@control(
    "RIG-DKR-011", severity="high", role=ROLE,
    reason="the snap cannot use GPUs, and two Dockers fight for one socket",
    fix="save what you need, then `snap remove docker`",
)  # fmt: skip
def test_no_second_docker(machine: Machine) -> None:
    """There is no Docker from a snap."""
    machine.needs_role(ROLE, _THERE)
    expect(not machine.ok("[ -e /snap/docker/current ] || snap list docker"), found="the snap docker", expected="none")


@control(
    "RIG-DKR-012", severity="medium", role=ROLE,
    reason="a container that restarts over and over burns the CPU and hides its error",
    fix="`docker logs NAME` says why it ends",
)  # fmt: skip
def test_no_container_restarts_over_and_over(machine: Machine) -> None:
    """No container is restarting over and over."""
    _needs_docker(machine)
    asked = machine.run("docker ps --filter status=restarting --format '{{.Names}} {{.Status}}'")
    expect(not asked.lines, found=f"{len(asked.lines)} containers restarting", expected="none", output=asked.out)


@control(
    "RIG-DKR-013", severity="high", role=ROLE,
    reason="without seccomp a container may use every call of the kernel",
    fix="take `seccomp-profile: unconfined` out of /etc/docker/daemon.json and restart Docker",
)  # fmt: skip
def test_containers_are_confined(machine: Machine) -> None:
    """Containers run under a seccomp profile by default."""
    _needs_docker(machine)
    options = _info(machine, "SecurityOptions")
    holds = "name=seccomp" in options and "profile=unconfined" not in options
    expect(holds, found=options or "none", expected="name=seccomp with a profile")

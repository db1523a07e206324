"""GPUs in containers."""

import json
import re

from rigprov.compliance.control import control, expect
from rigprov.compliance.machine import Machine, skip

ROLE = "nvidia_container_toolkit"
_THERE = "command -v nvidia-ctk"
_SPEC = "cat /var/run/cdi/nvidia.yaml /etc/cdi/nvidia.yaml 2>/dev/null"
_LEGACY = (
    "docker ps -q | xargs -r docker inspect -f "
    "'{{.Name}} {{json .HostConfig.DeviceRequests}} {{.HostConfig.Runtime}} {{json .Config.Env}}'"
)
# A container that is here for this question only: GPUs before and after systemd reads its units again.
_TRY = r"""
id=$(docker image ls --format '{{.ID}} {{.Repository}}' | awk '
  {order = 2} /debian|ubuntu/ {order = 1} /cuda|nvidia/ {order = 0} {print order, $1}' | sort -n | awk 'NR == 1 {print $2}')
[ -n "$id" ] || exit 77
name=rigprov-check-$$
trap 'docker rm -f "$name" >/dev/null 2>&1' EXIT
set -- --rm --pull never --name "$name" --network none --device nvidia.com/gpu=all
docker run -d "$@" --entrypoint sleep "$id" 50 2>&1 || exit 1
docker exec "$name" nvidia-smi -L 2>&1 || { echo 'before the reload'; exit 1; }
systemctl daemon-reload
docker exec "$name" nvidia-smi -L 2>&1 || { echo 'after the reload'; exit 1; }
"""


def _needs_toolkit(machine: Machine) -> None:
    machine.needs_role(ROLE, _THERE)
    if not machine.has("nvidia-ctk"):
        skip("the container toolkit is not installed (RIG-CTK-001)")


def _needs_docker(machine: Machine) -> None:
    if not machine.ok("docker info"):
        skip("Docker does not answer (RIG-DKR-001)")


def _legacy(machine: Machine) -> list[str]:
    """Running containers that got their GPUs by the hook, behind systemd's back."""
    found = []
    for line in machine.run(_LEGACY).lines:
        name, _, rest = line.partition(" ")
        requests = re.match(r"(null|\[.*?\])\s", rest)
        listed = json.loads(requests[1]) if requests else None
        hook = any(one.get("Driver") != "cdi" for one in listed or [])
        if hook or ("nvidia" in rest.split('"')[0].split()[-1:] and "NVIDIA_VISIBLE_DEVICES" in rest):
            found.append(name.lstrip("/"))
    return found


@control(
    "RIG-CTK-001", severity="high", role=ROLE,
    reason="without the toolkit no container gets a GPU",
    fix="`rigprov apply` installs it",
)  # fmt: skip
def test_the_toolkit_is_there(machine: Machine) -> None:
    """NVIDIA's container toolkit is installed and runs."""
    machine.needs_role(ROLE, _THERE)
    asked = machine.run("nvidia-ctk --version")
    expect(asked.rc == 0, found=f"nvidia-ctk ends with {asked.rc}", expected="a version", output=asked.both)


@control(
    "RIG-CTK-002", severity="high", role=ROLE,
    reason="Docker gives out GPUs by this file; without it `--device nvidia.com/gpu=all` fails",
    fix="`systemctl start nvidia-cdi-refresh` or `nvidia-ctk cdi generate --output=/var/run/cdi/nvidia.yaml`",
)  # fmt: skip
def test_there_is_a_cdi_specification(machine: Machine) -> None:
    """A CDI specification names the GPUs."""
    _needs_toolkit(machine)
    machine.needs_driver()
    asked = machine.run(_SPEC)
    named = "nvidia.com/gpu" in asked.out
    expect(named, found="none in /var/run/cdi and /etc/cdi", expected="kind nvidia.com/gpu", output=asked.err)


@control(
    "RIG-CTK-003", severity="high", role=ROLE,
    reason="a specification of another driver mounts libraries that are gone: containers start without CUDA, or not at all",
    fix="make it anew: `systemctl start nvidia-cdi-refresh`",
)  # fmt: skip
def test_the_specification_is_of_this_driver(machine: Machine) -> None:
    """The CDI specification names the loaded driver's libraries."""
    _needs_toolkit(machine)
    machine.needs_driver()
    spec = machine.out(_SPEC)
    if "nvidia.com/gpu" not in spec:
        skip("there is no CDI specification (RIG-CTK-002)")
    versions = set(re.findall(r"libcuda\.so\.(\d+\.[\d.]+\d)", spec))
    loaded = machine.out("cat /sys/module/nvidia/version 2>/dev/null")
    expect(versions == {loaded}, found=f"libcuda {', '.join(sorted(versions)) or 'none'}", expected=f"libcuda {loaded}")


@control(
    "RIG-CTK-004", severity="high", role=ROLE,
    reason="containers whose GPUs came by the hook lose them at the next `systemctl daemon-reload` (`Failed to initialize NVML`)",
    fix="start them with `--device nvidia.com/gpu=all` instead of `--gpus` or the runtime nvidia",
)  # fmt: skip
def test_running_containers_keep_their_gpus(machine: Machine) -> None:
    """No running container would lose its GPUs when systemd reads its units again."""
    machine.needs_driver()
    _needs_docker(machine)
    if "systemd" not in machine.out("docker info -f '{{.CgroupDriver}}'"):
        skip("Docker does not leave cgroups to systemd, so a reload takes nothing away")
    found = _legacy(machine)
    expect(not found, found=f"{len(found)} containers with GPUs by the hook", expected="GPUs by CDI", output=found)


@control(
    "RIG-CTK-005", severity="critical", role=ROLE,
    reason="that a container sees the GPU, and still does after a reload of systemd, is what the toolkit is for",
    fix="`rigprov doctor HOST` names the cause",
)  # fmt: skip
def test_a_container_sees_the_gpu_after_a_reload(machine: Machine) -> None:
    """A new container sees the GPU before and after `systemctl daemon-reload`."""
    _needs_toolkit(machine)
    machine.needs_driver()
    machine.needs_systemd()
    _needs_docker(machine)
    if _legacy(machine):
        skip("a reload would take the GPUs from running containers (RIG-CTK-004)")
    asked = machine.run(_TRY)
    if asked.rc == 77:
        skip("there is no image to try with; none is pulled for a check")
    expect(asked.rc == 0, found=f"the trial ends with {asked.rc}", expected="GPUs before and after", output=asked.both)


@control(
    "RIG-CTK-006", severity="medium", role=ROLE,
    reason="the toolkit's four packages work together in one version only",
    fix="install them in one transaction: `rigprov apply --tier TIER HOST`",
)  # fmt: skip
def test_the_toolkit_is_of_one_version(machine: Machine) -> None:
    """The toolkit's packages have one version."""
    _needs_toolkit(machine)
    machine.needs_apt()
    parts = {
        name: version
        for name, version in machine.packages.items()
        if re.match(r"(nvidia-container-toolkit|libnvidia-container)", name)
    }
    lines = [f"{name} {version}" for name, version in sorted(parts.items())]
    expect(len(set(parts.values())) <= 1, found=f"{len(set(parts.values()))} versions", expected="one", output=lines)

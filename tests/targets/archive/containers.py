"""The repositories of NVIDIA's container toolkit (flat, keeps every version) and of Docker."""

from collections.abc import Iterator

from tests.targets.archive import payload
from tests.targets.archive.deb import STAND_IN, Package, program, text
from tests.targets.archive.releases import Release

TOOLKIT_NOW = ("1.19.1-1", "1.20.0-1")
TOOLKIT_LATER = ("1.20.1-1",)
DOCKER_NOW = ("28.5.2", "1.7.29-1")
DOCKER_LATER = ("29.1.3", "2.2.1-1")

_CTK = f"""#!/bin/sh
# {STAND_IN}
case $* in
  --version | -v) echo "NVIDIA Container Toolkit CLI version {{version}}"; echo "({STAND_IN})" ;;
  *) echo "{STAND_IN}: there is no GPU, so no NVML to ask" >&2; exit 1 ;;
esac
"""
# As the real ones since 1.18: a specification at installation of a driver and at boot, only where a module is there.
_REFRESH = f"""# {STAND_IN}
[Unit]
Description=Refresh NVIDIA CDI specification file
ConditionPathExists=/usr/bin/nvidia-ctk

[Service]
Type=oneshot
ExecCondition=/usr/bin/grep -qE /nvidia.ko /lib/modules/%v/modules.dep
ExecStart=/usr/bin/nvidia-ctk cdi generate --output=/var/run/cdi/nvidia.yaml

[Install]
WantedBy=multi-user.target
"""
_WATCH = f"""# {STAND_IN}
[Unit]
Description=Trigger CDI refresh on NVIDIA driver install / uninstall events

[Path]
PathChanged=/lib/modules/%v/modules.dep

[Install]
WantedBy=multi-user.target
"""


def toolkit(version: str) -> Iterator[Package]:
    """The four packages, which ask for each other in the same version."""

    def exactly(*names: str) -> tuple[str, ...]:
        return tuple(f"{name} (= {version})" for name in names)

    units = "/usr/lib/systemd/system/nvidia-cdi-refresh"
    base = {
        "/usr/bin/nvidia-ctk": program(_CTK.format(version=version[:-2])),
        "/usr/bin/nvidia-container-runtime": program(f'#!/bin/sh\n# {STAND_IN}\nexec runc "$@"\n'),
        f"{units}.service": text(_REFRESH),
        f"{units}.path": text(_WATCH),
    }
    names = "nvidia-cdi-refresh.path nvidia-cdi-refresh.service"
    enable, disable = (f"systemctl {verb} --now {names} || true" for verb in ("enable", "disable"))
    yield Package("libnvidia-container1", version, section="libs")
    yield Package("libnvidia-container-tools", version, depends=exactly("libnvidia-container1"))
    yield Package(
        "nvidia-container-toolkit-base",
        version,
        files=base,
        scripts={"postinst": enable, "prerm": f'[ "$1" != remove ] || {disable}'},
    )
    needs = exactly("nvidia-container-toolkit-base", "libnvidia-container-tools")
    hook = {"/usr/bin/nvidia-container-runtime-hook": program(f"#!/bin/sh\n# {STAND_IN}\nexit 1\n")}
    yield Package("nvidia-container-toolkit", version, depends=needs, files=hook)


def docker(versions: tuple[str, str], release: Release) -> Iterator[Package]:
    """Docker's own packages; the daemon is one that does nothing."""
    engine, containerd = versions
    tail = f"-1~ubuntu.{release.number}~{release.codename}"
    full = f"5:{engine}{tail}"
    client = {"/usr/bin/docker": program(f'#!/bin/sh\n# {STAND_IN}\necho "Docker version {engine}, build stand-in"\n')}
    rivals = ("docker.io",)
    yield Package("containerd.io", f"{containerd}{tail[2:]}", provides=("containerd", "runc"), conflicts=("containerd", "runc"))
    yield Package("docker-ce-cli", full, conflicts=rivals, replaces=rivals, files=client)
    daemon = {key: value for key, value in payload.unit("dockerd", "Docker").items() if "/bin/" in key}
    unit = payload.unit("dockerd", "Docker Application Container Engine")
    service = {"/usr/lib/systemd/system/docker.service": next(value for key, value in unit.items() if key.endswith(".service"))}
    needs = (f"containerd.io (>= {DOCKER_NOW[1][:-2]})", "docker-ce-cli")
    yield Package("docker-ce", full, depends=needs, conflicts=rivals, replaces=rivals, files={**daemon, **service})
    yield Package("docker-ce-rootless-extras", full, depends=("docker-ce",))
    yield Package("docker-buildx-plugin", f"0.29.1{tail}")
    yield Package("docker-compose-plugin", f"2.40.3{tail}")

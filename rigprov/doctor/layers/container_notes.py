"""What will hurt containers, though it is not why one has no GPU."""

from rigprov.doctor.layers.docker import Engine
from rigprov.doctor.seen import clipped, whole
from rigprov.facts.parse import docker
from rigprov.facts.parse.fields import ParseError
from rigprov.model.diagnosis import Finding

_SNAPSHOTTER = "io.containerd.snapshotter"
_LITTLE_KIB = 10 * 2**20  # a CUDA image takes about as much
_LITTLE_SHARE = 0.1
_WORDS = 4  # of a line of `image-room`: directory, size, free, mount point


def notes(engine: Engine) -> list[Finding]:
    """Forwarding, room for images, and how running containers got their GPUs."""
    return [*_forwarding(engine), *_room(engine), *_hook(engine)]


def _forwarding(engine: Engine) -> list[Finding]:
    if engine.seen.text("ip-forward").strip() != "0":
        return []
    return [
        Finding(
            "ip-forward-off",
            "IP forwarding is off (net.ipv4.ip_forward): containers reach no network, and nobody reaches theirs",
            ("ip-forward: 0",),
            "`sysctl -w net.ipv4.ip_forward=1`, and take the line out of the hardening profile that sets it in /etc/sysctl.d",
        )
    ]


def _room(engine: Engine) -> list[Finding]:
    """With the containerd image store, images lie in containerd's directory, wherever Docker's is."""
    in_containerd = _SNAPSHOTTER in str(engine.info.get("DriverStatus"))
    where = _containerd_root(engine) if in_containerd else str(engine.info.get("DockerRootDir", ""))
    row = next((row for line in engine.seen.lines("image-room") if len(row := line.split()) == _WORDS and row[0] == where), None)
    size, free = (whole(row[1]), whole(row[2])) if row else (None, None)
    if row is None or size is None or free is None or free > min(_LITTLE_KIB, size * _LITTLE_SHARE):
        return []
    what = f"images lie in {where}, on a file system ({row[3]}) with {free / 2**20:.1f} GiB free of {size / 2**20:.1f} GiB"
    moved = f": Docker's data-root {engine.info.get('DockerRootDir')} does not move them" if in_containerd else ""
    fix = (
        "`docker system df` shows what can go; to move them set `root` in /etc/containerd/config.toml"
        if in_containerd
        else "`docker system df` shows what can go; to move them set `data-root` in /etc/docker/daemon.json"
    )
    return [Finding("images-fill-disk", what + moved, (clipped("image-room: " + " ".join(row)),), fix)]


def _containerd_root(engine: Engine) -> str:
    if engine.seen.rc("containerd-root") != 0:
        return docker.CONTAINERD_ROOT
    try:
        return docker.containerd_root(engine.seen.text("containerd-root"))
    except ParseError:
        return docker.CONTAINERD_ROOT


def _hook(engine: Engine) -> list[Finding]:
    """Devices that the toolkit's hook put in are unknown to systemd, which takes them away when it writes its rules anew."""
    if engine.info.get("CgroupDriver") != "systemd":
        return []
    running = [one for one in engine.inside if '"cdi"' not in one.what and one.gpus]
    if not running:
        return []
    names = ", ".join(one.what.split()[0].lstrip("/") for one in running[:4])
    return [
        Finding(
            "gpu-lost-on-reload",
            f"containers that got their GPUs by the toolkit's hook lose them at the next `systemctl daemon-reload`: {names}",
            tuple(clipped(one.what) for one in running[:2]),
            "start them with `--device nvidia.com/gpu=all` (CDI) instead of `--gpus` or `--runtime nvidia`",
        )
    ]

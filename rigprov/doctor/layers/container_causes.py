"""Why a container gets no GPU."""

import re

from rigprov.doctor.layers.docker import Engine, Tried
from rigprov.doctor.seen import clipped, listed
from rigprov.model.diagnosis import Finding

_CDI_SINCE = (28, 3)  # Docker's CDI is on without being asked for from here on
_VERSION = re.compile(r"\.so\.(\d+\.\d+(?:\.\d+)*)$")
_REFRESH = (
    "`systemctl restart nvidia-cdi-refresh` (container toolkit 1.18 and later), or "
    "`nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml`"
)
_NO_DRIVER = "could not select device driver"
_NO_VENDOR = "failed to discover GPU vendor from CDI"  # Docker that looks for a specification when asked with `--gpus`
_TOO_NEW = re.compile(r"unsatisfied condition: ((?:cuda|driver)\s*[<>=]+\s*[0-9.]*[0-9])")
_NO_RULES = "unable to find any existing device filters attached to the cgroup"


def causes(engine: Engine, tried: Tried | None) -> list[Finding]:
    """What stands in the way, the likeliest first.

    Args:
        engine: Docker as it is.
        tried: the run that failed; None: none could be made. Then only what surely breaks it is named.
    """
    said = tuple(map(clipped, tried.evidence)) if tried else ()
    for cause in (_snap, _desktop, _no_toolkit):
        if found := cause(engine, said):
            return [found]
    if tried and (found := _image(engine, said, tried) or _no_rules(said, tried)):
        return [found]
    found_all = [*_no_cgroups(engine, said, tried), *_cdi(engine, said, tried), *_unregistered(engine, said, tried)]
    if found_all or tried is None:
        return found_all
    what = "a container with GPUs does not start" if tried.rc else "a container starts, but sees no GPU"
    return [Finding("container-failed", what, said, "run the command by hand; `journalctl -u docker` has the rest")]


def _snap(engine: Engine, said: tuple[str, ...]) -> Finding | None:
    if not engine.snap:
        return None
    return Finding(
        "docker-snap",
        "Docker is the snap, which cannot reach the host's container toolkit",
        (*said, *engine.seen.quote("docker-snap", limit=1), *engine.seen.quote("docker-where", limit=2)),
        "install Docker from the distribution or download.docker.com instead; `snap remove docker` deletes its images and "
        "volumes, so save those first",
    )


def _desktop(engine: Engine, said: tuple[str, ...]) -> Finding | None:
    if not engine.desktop:
        return None
    return Finding(
        "docker-desktop",
        "the context in use is Docker Desktop's: its virtual machine has no NVIDIA GPU on Linux",
        (*said, f"docker info: {engine.info.get('OperatingSystem')}", *engine.seen.quote("docker-context", limit=2)),
        "`docker context use default` talks to the machine's own engine (install one where there is none)",
    )


def _no_toolkit(engine: Engine, said: tuple[str, ...]) -> Finding | None:
    if engine.toolkit or engine.seen.rc("toolkit") is None:
        return None
    return Finding(
        "toolkit-missing",
        "NVIDIA's container toolkit is not installed, so Docker cannot hand GPUs to a container",
        (*said, clipped(f"toolkit: {engine.seen.why('toolkit')}"), f"docker info: runtimes {listed(engine.runtimes) or 'none'}"),
        "install nvidia-container-toolkit, then `nvidia-ctk runtime configure --runtime=docker` and restart Docker",
    )


def _image(engine: Engine, said: tuple[str, ...], tried: Tried) -> Finding | None:
    """An image says which CUDA it needs, and the toolkit's hook keeps to that."""
    wanted = _TOO_NEW.search(tried.said)
    if wanted is None:
        return None
    what = f"the image asks for {wanted[1]}, which driver {engine.seen.driver or 'here'} does not have"
    fix = "take an image of an older CUDA release, or a newer driver: `nvidia-smi` shows the newest CUDA that a driver runs"
    return Finding("image-too-new", what, said, fix)


def _no_rules(said: tuple[str, ...], tried: Tried) -> Finding | None:
    """Docker inside a container that may not set the device rules of a cgroup."""
    if _NO_RULES not in tried.said:
        return None
    what = "the toolkit may not set device rules here, as in a container (LXC) that runs Docker"
    fix = (
        "`nvidia-ctk config --set nvidia-container-cli.no-cgroups=true --in-place`; the container around has to pass /dev/nvidia*"
    )
    return Finding("no-device-rules", what, said, fix)


def _no_cgroups(engine: Engine, said: tuple[str, ...], tried: Tried | None) -> list[Finding]:
    lines = [line for line in engine.seen.lines("toolkit") if re.search(r"no-cgroups\s*=\s*true", line)]
    if not lines or tried is None or "Unknown Error" not in tried.said:
        return []
    what = "the toolkit is set to leave the cgroup's device rules alone (for rootless Docker), so devices cannot be opened"
    fix = "`nvidia-ctk config --set nvidia-container-cli.no-cgroups=false --in-place`, then restart Docker"
    return [Finding("toolkit-no-cgroups", what, (*said, *lines[:1]), fix)]


def _cdi(engine: Engine, said: tuple[str, ...], tried: Tried | None) -> list[Finding]:
    """The specification is absent, of another driver, or not asked for."""
    by_cdi = tried is None or "nvidia.com/gpu" in tried.what or _NO_VENDOR in tried.said
    if not by_cdi:
        return []
    if stale := stale_specs(engine):
        return [Finding(one.code, one.what, (*said, *one.evidence), one.fix) for one in stale]
    if engine.specs or engine.seen.rc("cdi") != 0 or (tried is None and _hooked(engine)):
        return _cdi_off(engine, said, tried)
    evidence = (*said, "cdi: no specification for nvidia.com/gpu in /etc/cdi or /var/run/cdi")
    state = tuple(clipped(line) for line in engine.seen.quote("cdi-refresh", "State=", "Result=", limit=3))
    return [Finding("cdi-absent", "there is no CDI specification for the GPUs", (*evidence, *state), _REFRESH)]


def _hooked(engine: Engine) -> bool:
    """Whether `--gpus` may work without CDI: Docker finds the toolkit's hook by its name."""
    return "nvidia" in engine.runtimes or "nvidia-container-runtime-hook" in engine.seen.text("toolkit")


def stale_specs(engine: Engine) -> list[Finding]:
    """Specifications that name files of another driver."""
    found = []
    for path, lines in engine.specs.items():
        missing = [line for line in lines if line.startswith("missing ")]
        versions = {line: version[1] for line in lines if line.startswith("library ") and (version := _VERSION.search(line))}
        wrong = [line for line, version in versions.items() if engine.seen.driver not in ("", version)]
        other = {versions[line] for line in wrong}
        if missing or other:
            reason = f"is of driver {listed(sorted(other))}" if other else "names files that are not there"
            evidence = tuple(clipped(f"{path}: {line}") for line in [*missing[:2], *wrong[:2]])
            what = f"the CDI specification {path} {reason}; the driver is {engine.seen.driver or 'not known'}"
            found.append(Finding("cdi-stale", what, evidence, _REFRESH))
    return found


def _cdi_off(engine: Engine, said: tuple[str, ...], tried: Tried | None) -> list[Finding]:
    """Docker before 28.3 wants to be asked for CDI."""
    version = tuple(int(word) for word in re.findall(r"\d{1,6}", str(engine.info.get("ServerVersion")))[:2])
    if tried is None or _NO_DRIVER not in tried.said or version >= _CDI_SINCE:
        return []
    what = f"CDI is off in Docker {engine.info.get('ServerVersion')}"
    evidence = (*said, f"docker info: CDI directories {engine.info.get('CDISpecDirs') or 'none'}")
    return [
        Finding("cdi-off", what, evidence, "`nvidia-ctk runtime configure --runtime=docker --cdi.enabled`, then restart Docker")
    ]


def _unregistered(engine: Engine, said: tuple[str, ...], tried: Tried | None) -> list[Finding]:
    """`--gpus` goes by the toolkit's hook or runtime, which the engine looks for when it starts."""
    if tried is None or "--gpus" not in tried.what or _NO_DRIVER not in tried.said:
        return []
    return [
        Finding(
            "runtime-unregistered",
            "the toolkit is installed, but Docker was not set up for it or not restarted since: `--gpus` finds no driver",
            (*said, f"docker info: runtimes {listed(engine.runtimes) or 'none'}"),
            "`nvidia-ctk runtime configure --runtime=docker`, then `systemctl restart docker`",
        )
    ]

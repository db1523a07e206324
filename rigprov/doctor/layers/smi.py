"""What nvidia-smi means when it fails."""

from dataclasses import dataclass

from rigprov.doctor.seen import Seen
from rigprov.model.diagnosis import Finding


@dataclass(frozen=True)
class _Meaning:
    needle: str  # in lower case, in what it printed
    code: str
    what: str
    fix: str


_RELOAD = "reboot, or reload the module; installing the driver again does not help"
_LOST = "switch the machine off and on; look after power cables, riser and slot"
_TABLE: tuple[_Meaning, ...] = (
    _Meaning(
        "version mismatch",
        "version-mismatch",
        "the driver's library and the loaded module are of different versions",
        _RELOAD,
    ),
    _Meaning(
        "couldn't find libnvidia-ml",
        "no-libraries",
        "nvidia-smi does not find the driver's library libnvidia-ml.so.1",
        "install it in the module's version (Ubuntu: libnvidia-compute-BRANCH, Debian: libnvidia-ml1), then run `ldconfig`; a "
        "container has to be started with its GPUs, which brings the library in",
    ),
    _Meaning(
        "unable to determine the device handle",
        "gpu-lost",
        "the driver lost a GPU: it no longer answers on the bus",
        _LOST,
    ),
    _Meaning("gpu is lost", "gpu-lost", "the driver lost a GPU: it no longer answers on the bus", _LOST),
    _Meaning(
        "no devices were found",
        "no-gpu-reported",
        "the module is loaded, but the driver could not start any GPU",
        "look at `dmesg | grep -iE 'nvrm|nvidia'`: the driver writes there why",
    ),
    _Meaning(
        "couldn't communicate with the nvidia driver",
        "driver-does-not-answer",
        "nvidia-smi is installed but cannot reach the driver: that the program is there proves nothing",
        "reboot; if it stays so, `modprobe nvidia` says what is in the way",
    ),
    _Meaning(
        "driver not loaded",
        "driver-does-not-answer",
        "the driver's library does not find the module",
        "`modprobe nvidia` loads it or says what is in the way",
    ),
    _Meaning(
        "gpu access blocked by the operating system",
        "gpu-access-blocked",
        "the device nodes cannot be opened",
        "in WSL2 run `wsl --update` and take the newest driver of Windows; in a container start it with its GPUs",
    ),
    _Meaning(
        "unknown error",
        "nvml-unknown-error",
        "the driver's library cannot open a device: in a container this follows a `systemctl daemon-reload` on the host",
        "in a container: start it anew, and give it its GPUs by CDI (`--device nvidia.com/gpu=all`); else reboot",
    ),
    _Meaning(
        "insufficient permissions",
        "no-permission",
        "the driver does not let this user ask",
        "run as root; /dev/nvidia* are open to all unless a module option says otherwise",
    ),
)


def explained(seen: Seen) -> Finding:
    """nvidia-smi ended badly."""
    said = seen.words("nvidia-smi").lower()
    evidence = (f"nvidia-smi: exit status {seen.rc('nvidia-smi')}", *seen.quote("nvidia-smi", limit=3))
    for one in _TABLE:
        if one.needle in said:
            return Finding(one.code, one.what, evidence, one.fix)
    what = f"nvidia-smi ended with exit status {seen.rc('nvidia-smi')}"
    return Finding("nvidia-smi-failed", what, evidence, "run it by hand, and look at `dmesg | grep -iE 'nvrm|nvidia'`")


def has_nodes(seen: Seen) -> bool:
    """Whether the control node is there; True where that was not asked."""
    if seen.rc("nodes-after") is None:
        return True
    return any(line.endswith("/dev/nvidiactl") for line in seen.lines("nodes-after"))

"""Whether the loaded module and the libraries are of one version."""

import re

from rigprov.doctor.apt_history import brought
from rigprov.doctor.layer import broken, fine, not_known
from rigprov.doctor.seen import Seen, clipped
from rigprov.model.diagnosis import Finding, Layer

_LIBRARY = re.compile(r"^(\S+\.so\.1) (\S*/lib(?:nvidia-ml|cuda)\.so\.(\d+\.\d+(?:\.\d+)*))$")
_PACKAGE = re.compile(r"(libnvidia-compute|libnvidia-ml1|libcuda1|nvidia-libcuda1)")
_CHANGED = r"(libnvidia-|nvidia-|libcuda1|linux-modules-nvidia)"
_LINUX_DRIVER = re.compile(r"(nvidia-(driver|dkms|kernel|open|utils)|libnvidia-compute|libcuda1|cuda-drivers)")
_RELOAD = (
    "reboot; or stop everything that uses the GPU (`fuser -v /dev/nvidia*`), then `rmmod nvidia_uvm nvidia_drm nvidia_modeset "
    "nvidia` and `modprobe nvidia`. Installing the driver again does not help: the files are right, the loaded module is old"
)
_MISMATCH = "version mismatch"


def judge(seen: Seen) -> Layer:
    """The files on disk may be newer than the module in memory."""
    if seen.wsl:
        return _wsl(seen)
    libraries = _libraries(seen)
    loaded, on_disk = seen.loaded, seen.text("nvidia-module").strip() if seen.rc("nvidia-module") == 0 else ""
    if not loaded:
        return not_known("versions", seen.why("nvidia-version"))
    other = {path: version for path, version in libraries.items() if version != loaded}
    if other:
        return broken("versions", [_differ(seen, other, on_disk)])
    if _MISMATCH in seen.words("nvidia-smi"):
        return broken("versions", [_said_so(seen)])
    if not libraries:
        return _no_libraries(seen)
    notes = [_next_start(seen, on_disk)] if on_disk and on_disk != loaded and not seen.container else []
    return fine("versions", f"module and libraries are of one version, {loaded}", notes)


def _libraries(seen: Seen) -> dict[str, str]:
    """Version of each library that programs find, by its file.

    A library of package cuda-compat is meant to be newer than the module; whether this GPU may use it, CUDA says.
    """
    found = (_LIBRARY.match(line.strip()) for line in seen.lines("libraries") if "/compat/" not in line)
    return {match[2]: match[3] for match in found if match}


def _differ(seen: Seen, other: dict[str, str], on_disk: str) -> Finding:
    path, version = next(iter(other.items()))
    evidence = [f"loaded module: {seen.loaded} (/proc/driver/nvidia/version)", f"library: {path}"]
    evidence += [f"module on disk: {on_disk} (modinfo)"] if on_disk else []
    evidence += [f"installed: {name} {is_now}" for name, is_now in seen.packages.items() if _PACKAGE.match(name)][:2]
    change = brought(seen.text("apt-history"), _CHANGED, version)
    who = ""
    if change is not None:
        by = "unattended-upgrades, by itself" if change.unattended else "apt"
        who = f"; brought by {by} on {change.when}" if change.when else f"; brought by {by}"
        evidence += change.evidence
    fix = _RELOAD if on_disk in ("", version) else _other_module(seen, version, on_disk)
    if change is not None and change.unattended:
        fix += ". Then keep it from coming back: hold the driver (`rigprov apply` does; by hand `apt-mark hold`)"
    return Finding(
        "version-mismatch",
        f"the loaded NVIDIA module is {seen.loaded}, the library is {version}{who}",
        tuple(map(clipped, evidence)),
        fix,
    )


def _other_module(seen: Seen, version: str, on_disk: str) -> str:
    """A restart loads what is on disk, so that has to be right first."""
    return (
        f"the module on disk for kernel {seen.kernel} is {on_disk}: finish the upgrade first (`dpkg --configure -a`, "
        f"`dkms autoinstall`, or the linux-modules-nvidia package of {version} for this kernel), then reboot"
    )


def _said_so(seen: Seen) -> Finding:
    what = f"nvidia-smi meets a library of another version than the loaded module, {seen.loaded}"
    return Finding("version-mismatch", what, (*seen.quote("nvidia-smi", limit=2), *seen.quote("libraries", limit=3)), _RELOAD)


def _no_libraries(seen: Seen) -> Layer:
    if seen.rc("libraries") != 0 or seen.container:
        return not_known("versions", f"no library was found for the loaded module {seen.loaded}")
    return broken(
        "versions",
        [
            Finding(
                "no-libraries",
                f"the module {seen.loaded} is loaded, but its libraries (libcuda.so.1, libnvidia-ml.so.1) are not installed",
                ("libraries: ldconfig knows none", *seen.quote("packages", "nvidia", limit=3)),
                f"install them in the module's version, {seen.loaded} (Ubuntu: libnvidia-compute-BRANCH and nvidia-utils-BRANCH, "
                "Debian: libcuda1 and nvidia-smi)",
            )
        ],
    )


def _next_start(seen: Seen, on_disk: str) -> Finding:
    return Finding(
        "module-on-disk-differs",
        f"the next start loads module {on_disk}, and the libraries are {seen.loaded}",
        (f"modinfo: {on_disk}", f"loaded module: {seen.loaded}"),
        "finish the driver's upgrade before the next reboot: `dpkg --audit`, `apt-get -f install`",
    )


def _wsl(seen: Seen) -> Layer:
    wrong = [f"installed: {name} {version}" for name, version in seen.packages.items() if _LINUX_DRIVER.match(name)]
    if wrong:
        return broken(
            "versions",
            [
                Finding(
                    "linux-driver-in-wsl",
                    "a Linux driver is installed in WSL2, which hides the library that Windows provides",
                    tuple(wrong[:4]),
                    "remove those packages: in WSL2 the driver is the one of Windows, and /usr/lib/wsl/lib has its libraries",
                )
            ],
        )
    return fine("versions", "WSL2: the libraries come from Windows")

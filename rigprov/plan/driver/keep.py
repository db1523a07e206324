"""Drivers on the host that rigprov neither completes nor replaces by itself."""

import re

from rigprov.model.host import HostFacts, Missing, Nvidia
from rigprov.model.plan import Blocker
from rigprov.plan.driver.cards import Cards
from rigprov.plan.driver.kernel import newest
from rigprov.plan.driver.present import Present

_ALONG = re.compile(r"(nvidia-fabricmanager|cuda-drivers-fabricmanager|libnvidia-nscq|libnvsdm|nvlink5|nvidia-imex)(-\d+)?")
_NAMES = {"ubuntu": "Ubuntu's archive", "nvidia": "NVIDIA's repository", "debian": "Debian", "ppa": "a PPA"}


def by_hand(there: Present) -> Blocker | None:
    """What only a person can sort out."""
    if there.origins == ("runfile",):
        return runfile(there)
    return two_sources(there) if len(there.origins) > 1 else None


def runfile(there: Present) -> Blocker:
    """NVIDIA's .run installer left files that no package manager knows."""
    what = " ".join(("driver", *filter(None, [there.loaded or there.version]), "came from NVIDIA's .run installer"))
    return Blocker(
        "driver-runfile",
        f"{what} and {_state(there)}",
        "take it out with `nvidia-uninstall`, then plan again; apt's packages would only lie beside its files",
    )


def _state(there: Present) -> str:
    if there.state == "works":
        return "works, so only you can say that another shall take its place"
    return f"does not work ({there.said or 'nvidia-smi does not answer'})"


def two_sources(there: Present) -> Blocker:
    """Packages of more than one source."""
    names = " and ".join(named(origin) for origin in there.origins)
    ways = [
        "`nvidia-uninstall`"
        if origin == "runfile"
        else f"`apt-get remove {' '.join(name for found, name in there.by_origin if found == origin)}`"
        for origin in there.origins
    ]
    each = ", ".join(f"{way} takes out what came from {named(origin)}" for way, origin in zip(ways, there.origins, strict=True))
    return Blocker(
        "driver-mixed-sources",
        f"parts of a driver come from {names}, and it {_state(there)}",
        f"decide for one and take the other out, then plan again: {each}",
    )


def along(facts: HostFacts, there: Present) -> tuple[str, ...]:
    """What has to be of the driver's very version, and is no part of it: the fabric manager, and what comes with it."""
    packages = () if isinstance(facts.packages, Missing) or not there.packages else facts.packages
    return tuple(package.name for package in packages if _ALONG.fullmatch(package.name) and package.status[1:2] == "i")


def warnings(facts: HostFacts, there: Present, found: Cards) -> tuple[str, ...]:
    """What works now, and not for every card, or not after the next boot."""
    told = []
    listed = facts.nvidia.gpus if isinstance(facts.nvidia, Nvidia) else ()
    if there.state == "works" and isinstance(listed, tuple) and len(listed) < len(found.models):
        left = [m for m in found.models if there.branch and m.max_branch and there.branch > m.max_branch]
        why = f"branch {there.branch} no longer drives {left[0].name}" if left else "`rigprov doctor` looks for the cause"
        told.append(f"the driver shows {len(listed)} of {len(found.models)} GPUs on the PCI bus: {why}")
    if found.nvswitch and there.origins != ("runfile",) and not along(facts, there):
        told.append(
            "the GPUs are joined by NVSwitch, and no fabric manager is installed: CUDA answers with error 802 until one of the "
            f"driver's version ({there.version}) runs"
        )
    kernels = () if isinstance(facts.kernels, Missing) else facts.kernels
    modules = {each.release: bool(each.modules) for each in kernels}
    later = newest(facts)
    if modules.get(facts.kernel.release) and modules.get(later) is False:
        told.append(
            f"kernel {later}, which the next boot takes, has no NVIDIA module, so the GPU is gone after it: install the driver's "
            "modules for it (or its headers, where DKMS builds them) before you reboot"
        )
    return tuple(told)


def named(origin: str) -> str:
    """A source in words."""
    return _NAMES.get(origin, {"runfile": "NVIDIA's .run installer"}.get(origin, "a source that could not be told"))

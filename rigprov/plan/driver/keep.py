"""Drivers on the host that rigprov neither completes nor replaces by itself."""

from rigprov.model.plan import Blocker
from rigprov.plan.driver.present import Present

_NAMES = {"ubuntu": "Ubuntu's archive", "nvidia": "NVIDIA's repository", "debian": "Debian", "ppa": "a PPA"}


def runfile(there: Present) -> Blocker:
    """NVIDIA's .run installer left files that no package manager knows."""
    said = there.said or "nvidia-smi does not answer"
    return Blocker(
        "driver-runfile",
        f"driver {there.loaded or there.version or ''} came from NVIDIA's .run installer and does not work ({said})".replace(
            "  ", " "
        ),
        "take it out with `nvidia-uninstall`, then plan again; apt's packages would only lie beside its files",
    )


def two_sources(there: Present) -> Blocker:
    """Packages of more than one source."""
    names = " and ".join(_NAMES.get(origin, origin) for origin in there.origins)
    return Blocker(
        "driver-mixed-sources",
        f"parts of a driver come from {names}, and it does not work: {', '.join(there.packages)}",
        "decide for one, `apt-get remove` the packages of the other, and plan again",
    )


def named(origin: str) -> str:
    """A source in words."""
    return _NAMES.get(origin, {"runfile": "NVIDIA's .run installer"}.get(origin, "a source that could not be told"))

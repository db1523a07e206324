"""Headers of the kernels that DKMS builds modules for: which packages have them, and whether they can be had."""

import re

from rigprov.model.host import HostFacts
from rigprov.model.missing import Missing
from rigprov.plan.driver import kernel, offered
from rigprov.plan.driver.choice import Refusal

# Debian's own kernels; each has a package that brings the headers of later ones.
_DEBIANS = re.compile(r"((cloud|rt)-)?(amd64|arm64)")


def packages(facts: HostFacts, kernels: tuple[str, ...]) -> tuple[str, ...]:
    """Of the kernels that are here, and on Debian the package that brings those of later ones."""
    own = kernel.suffix(facts.kernel.release)
    later = (f"linux-headers-{own}",) if facts.os.id == "debian" and _DEBIANS.fullmatch(own) else ()
    return (*(_package(release) for release in kernels if not _by_hand(facts, release)), *later)


def refuse_gone(facts: HostFacts) -> Refusal | None:
    """Why nothing can be built for the running kernel: archives keep the headers of the newest kernels only."""
    release = facts.kernel.release
    if offered.has(facts, _package(release)) or _in_place(facts, release) or _installed(facts, release):
        return None
    if not any(offer.name.startswith("linux-headers-") for offer in offered.offers(facts)):
        return None  # apt knows of no headers at all, so its lists tell nothing of this kernel's
    return Refusal.of(
        "driver-headers",
        f"the driver's module is built here, and the headers of the running kernel {release} are neither here nor offered by apt",
        f"install the newest kernel with its headers ({_newest(facts)}), reboot, and plan again",
    )


def _newest(facts: HostFacts) -> str:
    own = kernel.suffix(facts.kernel.release)
    series = kernel.meta(facts) if facts.os.id != "debian" else own
    names = [name for name in (f"linux-image-{series}", f"linux-headers-{series}") if offered.has(facts, name)]
    return f"`apt-get install {' '.join(names)}`" if names else "from where this one came"


def _package(release: str) -> str:
    """Proxmox names them its own way."""
    return f"proxmox-headers-{release}" if kernel.suffix(release) == "pve" else f"linux-headers-{release}"


def _by_hand(facts: HostFacts, release: str) -> bool:
    """Whether they are in place, and not by the package that would be asked for."""
    return _in_place(facts, release) and not isinstance(facts.packages, Missing) and not _installed(facts, release)


def _in_place(facts: HostFacts, release: str) -> bool:
    found = () if isinstance(facts.kernels, Missing) else facts.kernels
    return any(each.release == release and each.headers for each in found)


def _installed(facts: HostFacts, release: str) -> bool:
    found = () if isinstance(facts.packages, Missing) else facts.packages
    return any(package.name == _package(release) for package in found)

"""Kernels of a host, for modules that have to fit them."""

import re

from rigprov.model.host import HostFacts
from rigprov.model.missing import Missing
from rigprov.plan.driver import offered

# Flavours for which Canonical builds and signs NVIDIA's modules (packages.ubuntu.com, 2026).
PREBUILT = (
    "generic",
    "generic-64k",
    "lowlatency",
    "aws",
    "azure",
    "azure-cvm",
    "azure-fde",
    "gcp",
    "gcp-64k",
    "gke",
    "oracle",
    "ibm",
    "nvidia",
    "nvidia-64k",
)
_META = re.compile(r"linux-(?:image-|headers-)?(?P<flavour>[a-z].*?)(?P<later>(-(hwe|lts)-\d\d\.\d\d|-\d+\.\d+)?(-edge)?)")
# "6.8.0-52-generic". Others number their builds differently: Ubuntu's bare kernels "6.9.3-060903-generic", Pop!_OS's
# "6.16.3-76061603-generic".
_UBUNTUS = re.compile(r"\d+\.\d+\.\d+-\d{1,4}-")
_COMPILER = re.compile(r"gcc-(\d+)")
# Series of the kernel that a release came with; newer ones are its hardware enablement kernels, where there are such.
_FIRST = {"jammy": ("5.15.", "hwe-22.04"), "noble": ("6.8.", "hwe-24.04")}
_ENABLED = ("generic", "generic-64k", "lowlatency", "nvidia", "nvidia-64k")


def suffix(release: str) -> str:
    """What ends the names of its packages: "generic-64k", "cloud-amd64". (`Kernel.flavour` is without the architecture.)"""
    return re.sub(r"^[^-]+(-\d[\w.~+]*)*-?", "", release)


def has_prebuilt(facts: HostFacts) -> bool:
    """Whether Ubuntu has modules for this kind of kernel at all."""
    return suffix(facts.kernel.release) in PREBUILT and _UBUNTUS.match(facts.kernel.release) is not None


def meta(facts: HostFacts) -> str:
    """The kernel series that is followed ("generic-hwe-22.04"), from the metapackage that is installed."""
    own = suffix(facts.kernel.release)
    series = [later for _, later in _metas(facts) if not re.match(r"-\d", later)]
    if series:
        return own + max(series, key=len)
    first, enabled = _FIRST.get(facts.os.codename, ("", ""))
    if own in _ENABLED and has_prebuilt(facts) and not facts.kernel.release.startswith(first):
        return f"{own}-{enabled}"
    return own


def metas_installed(facts: HostFacts) -> tuple[str, ...]:
    """Metapackages that bring new kernels."""
    return tuple(sorted({name for name, _ in _metas(facts)}))


def _metas(facts: HostFacts) -> list[tuple[str, str]]:
    """Metapackages of the running kernel's flavour, each with what follows the flavour in its name."""
    packages = () if isinstance(facts.packages, Missing) else facts.packages
    found = [(package.name, match) for package in packages if (match := _META.fullmatch(package.name))]
    own = suffix(facts.kernel.release)
    return [(name, match["later"]) for name, match in found if match["flavour"].replace("virtual", "generic") == own]


def newest(facts: HostFacts) -> str:
    """Release of the newest kernel that can be booted: the running one's successor at the next boot, or itself.

    An empty directory that a removed kernel left behind has no image and does not count.
    """
    kernels = () if isinstance(facts.kernels, Missing) else facts.kernels
    bootable = [kernel.release for kernel in kernels if kernel.image]
    bootable += _images(facts)
    return max([facts.kernel.release, *bootable], key=_order)


def _images(facts: HostFacts) -> list[str]:
    packages = () if isinstance(facts.packages, Missing) else facts.packages
    return [
        package.name.removeprefix("linux-image-")
        for package in packages
        if re.match(r"linux-image-\d", package.name)
        and suffix(package.name.removeprefix("linux-image-")) == suffix(facts.kernel.release)
    ]


def to_build_for(facts: HostFacts) -> tuple[str, ...]:
    """Kernels that a DKMS module must be there for: the running one and the one of the next boot."""
    return tuple(dict.fromkeys((facts.kernel.release, newest(facts))))


def compiler(facts: HostFacts) -> str:
    """Package of the compiler that the running kernel was built with: another one may refuse its options.

    Kernels from elsewhere are built with one that the release may not have; then its own has to do.
    """
    text = facts.kernel.compiler if isinstance(facts.kernel.compiler, str) else ""
    match = _COMPILER.search(text)
    name = f"gcc-{match[1]}" if match else "gcc"
    packages = () if isinstance(facts.packages, Missing) else facts.packages
    others = any(re.fullmatch(r"gcc-\d+", offer.name) for offer in offered.offers(facts))
    return "gcc" if others and not offered.has(facts, name) and name not in {package.name for package in packages} else name


def _order(release: str) -> tuple[tuple[int, ...], str]:
    return tuple(int(number) for number in re.findall(r"\d+", release.partition("~")[0])), release

"""Kernels of a host, for modules that have to fit them."""

import re

from rigprov.model.host import HostFacts
from rigprov.model.missing import Missing

# Flavours for which Canonical builds and signs NVIDIA's modules (packages.ubuntu.com, 2026).
PREBUILT = (
    "generic",
    "generic-64k",
    "lowlatency",
    "aws",
    "azure",
    "azure-fde",
    "gcp",
    "gcp-64k",
    "gke",
    "oracle",
    "ibm",
    "nvidia",
    "nvidia-64k",
)
_META = re.compile(r"linux-(?:image-|headers-)?([a-z][a-z0-9]*(?:-[a-z0-9.]+)*)")
_MAINLINE = re.compile(r"\d+\.\d+\.\d+-0\d{5}-")  # Ubuntu's builds of the bare kernel, "6.9.3-060903-generic"
_COMPILER = re.compile(r"gcc-(\d+)")
_HWE = {"jammy": ("6.", "hwe-22.04"), "noble": ("7.", "hwe-24.04")}


def has_prebuilt(facts: HostFacts) -> bool:
    """Whether Ubuntu has modules for this kind of kernel at all."""
    return facts.kernel.flavour in PREBUILT and not _MAINLINE.match(facts.kernel.release)


def meta(facts: HostFacts) -> str:
    """The kernel series that is followed ("generic-hwe-22.04"), from the metapackage that is installed."""
    flavour = facts.kernel.flavour
    packages = () if isinstance(facts.packages, Missing) else facts.packages
    found = [match[1].replace("virtual", "generic") for package in packages if (match := _META.fullmatch(package.name))]
    fitting = [name for name in found if name == flavour or name.startswith(f"{flavour}-")]
    if fitting:
        return max(fitting, key=len)
    newer, suffix = _HWE.get(facts.os.codename, ("~", ""))
    if flavour == "generic" and facts.kernel.release.startswith(newer):
        return f"generic-{suffix}"
    return flavour


def metas_installed(facts: HostFacts) -> tuple[str, ...]:
    """Metapackages that bring new kernels."""
    packages = () if isinstance(facts.packages, Missing) else facts.packages
    flavour = facts.kernel.flavour
    names = {
        package.name
        for package in packages
        if (match := _META.fullmatch(package.name)) and match[1].replace("virtual", "generic").startswith(flavour)
    }
    return tuple(sorted(names))


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
        if re.match(r"linux-image-\d", package.name) and package.name.endswith(f"-{facts.kernel.flavour}")
    ]


def to_build_for(facts: HostFacts) -> tuple[str, ...]:
    """Kernels that a DKMS module must be there for: the running one and the one of the next boot."""
    return tuple(dict.fromkeys((facts.kernel.release, newest(facts))))


def compiler(facts: HostFacts) -> str:
    """Package of the compiler that the running kernel was built with: another one refuses its options."""
    text = facts.kernel.compiler if isinstance(facts.kernel.compiler, str) else ""
    match = _COMPILER.search(text)
    return f"gcc-{match[1]}" if match else "gcc"


def _order(release: str) -> tuple[tuple[int, ...], str]:
    return tuple(int(number) for number in re.findall(r"\d+", release.partition("~")[0])), release

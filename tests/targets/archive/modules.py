"""Canonical's prebuilt kernel modules: one package for each kernel ABI, and metas that follow the kernel's."""

from collections.abc import Iterator

from tests.targets.archive import payload
from tests.targets.archive.deb import Package
from tests.targets.archive.drivers import Branch
from tests.targets.archive.releases import Kernel, Release


def prebuilt(branch: Branch, of: Kernel, abi: int, build: int) -> Iterator[Package]:
    """For one ABI. `build` counts the rebuilds for newer drivers: "+1" in the version."""
    release, version = of.release(abi), _version(of, abi, build)
    image = f"linux-image-{release} | linux-image-unsigned-{release}"
    signatures = f"linux-signatures-nvidia-{release} (= {version})"
    for flavour in branch.flavours:
        objects = f"linux-objects-nvidia-{flavour}-{release}"
        common = branch.within(f"nvidia-kernel-common-{branch.name}")
        yield Package(
            objects,
            version,
            section="kernel",
            component="restricted",
            files=payload.prebuilt(flavour, release, branch.upstream),
        )
        yield Package(
            f"linux-modules-nvidia-{flavour}-{release}",
            version,
            depends=(image, signatures, f"{objects} (= {version})", *common),
            section="kernel",
            component="restricted",
            source="linux-restricted-modules",
            scripts=payload.prebuilt_scripts(flavour, release),
        )


def signatures(of: Kernel, abi: int, build: int) -> Package:
    """The signatures of one ABI's modules."""
    name = f"linux-signatures-nvidia-{of.release(abi)}"
    return Package(name, _version(of, abi, build), section="kernel", component="restricted")


def metas(branch: Branch, of: Kernel, abi: int, build: int, release: Release) -> Iterator[Package]:
    """Follows the kernel meta, and stands in for the branch's DKMS package: with both named, apt takes the prebuilt ones."""
    version = _version(of, abi, build)
    for flavour in branch.flavours:
        yield Package(
            f"linux-modules-nvidia-{flavour}-{of.meta}",
            version,
            depends=(
                f"linux-modules-nvidia-{flavour}-{of.release(abi)} (= {version})",
                *branch.within(f"nvidia-kernel-common-{branch.name}"),
            ),
            provides=(f"nvidia-dkms-{flavour} (= {branch.version(release)})", "nvidia-prebuilt-kernel"),
            section="kernel",
            component="restricted",
            source="linux-restricted-modules",
        )


def _version(of: Kernel, abi: int, build: int) -> str:
    return of.version(abi) + (f"+{build}" if build else "")

"""Ubuntu's driver packages, with the relations of Canonical's packaging (canonical/nvidia-graphics-drivers, control.in)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tests.targets.archive import payload
from tests.targets.archive.deb import Package
from tests.targets.archive.releases import Release


@dataclass(frozen=True)
class Branch:
    """A driver branch in one version."""

    name: str  # "580" or "580-server"
    upstream: str  # "580.173.02"
    proprietary: bool = True
    component: str = "restricted"

    def version(self, release: Release) -> str:
        """Version of its packages."""
        return f"{self.upstream}-0ubuntu0.{release.number}.1"

    @property
    def flavours(self) -> tuple[str, ...]:
        """With the suffix of each kind of kernel module: "580", "580-open"."""
        return (*([self.name] if self.proprietary else []), f"{self.name}-open")

    def within(self, package: str) -> tuple[str, str]:
        """The two relations by which Canonical's packages ask for the same upstream version, however often it was rebuilt."""
        return f"{package} (<= {self.upstream}-1)", f"{package} (>= {self.upstream})"


# What the release was published with: the branches that have since become transitional are still real there.
FIRST = (
    Branch("535", "535.183.01"),
    Branch("535-server", "535.183.01"),
    Branch("570", "570.133.20"),
    Branch("570-server", "570.133.20"),
)
NOW = (
    Branch("535", "535.288.01"),
    Branch("535-server", "535.288.01"),
    Branch("580", "580.173.02"),
    Branch("580-server", "580.159.04"),
    Branch("595", "595.71.05"),
    Branch("595-server", "595.71.05"),
    Branch("615", "615.71.09", proprietary=False, component="multiverse"),
)
LATER = (
    Branch("580", "580.178.04"),
    Branch("580-server", "580.178.04"),
    Branch("595", "595.91.07"),
    Branch("595-server", "595.91.07"),
)
# Empty packages that bring the branch behind the arrow.
TRANSITIONAL = {"550": "580", "565": "580", "570": "580", "575": "580", "590": "595"}

# Packages of both kinds of kernel module, besides libnvidia-compute, nvidia-utils and nvidia-compute-utils.
_LIBRARIES = {
    "libnvidia-cfg1": "libnvidia-cfg1-any",
    "libnvidia-common": "libnvidia-common",
    "libnvidia-decode": "libnvidia-decode",
    "libnvidia-encode": "libnvidia-encode",
    "libnvidia-extra": "libnvidia-extra",
    "libnvidia-fbc1": "libnvidia-fbc1",
    "libnvidia-gl": "libnvidia-gl",
}
_DISPLAY = ("libnvidia-gl", "libnvidia-extra", "libnvidia-decode", "libnvidia-encode", "libnvidia-fbc1")


def packages(branch: Branch, release: Release) -> Iterator[Package]:
    """All driver packages of a branch, kernel modules aside."""
    yield from _shared(branch, release)
    for flavour in branch.flavours:
        yield from _flavoured(branch, flavour, release)
    if branch.name.endswith("-server") or not branch.proprietary:
        number, version = branch.name.removesuffix("-server"), branch.version(release)
        fabric = (f"nvidia-kernel-common-{branch.name}",)
        unit = payload.unit("nvidia-fabricmanager", "NVIDIA fabric manager service")
        component = branch.component
        yield Package(f"nvidia-fabricmanager-{number}", version, depends=fabric, component=component, files=unit)
        yield Package(f"libnvidia-nscq-{number}", version, component=component)


def _only(branch: Branch, release: Release, name: str, exclusive: tuple[str, ...], depends: tuple[str, ...] = ()) -> Package:
    """A package of which one branch at most can be installed."""
    return Package(
        f"{name}-{branch.name}",
        branch.version(release),
        depends=depends,
        exclusive=exclusive,
        section="libs",
        component=branch.component,
        source=f"nvidia-graphics-drivers-{branch.name}",
        files=payload.of(name, branch.upstream),
        scripts=payload.scripts(name),
    )


def _shared(branch: Branch, release: Release) -> Iterator[Package]:
    version, name = branch.version(release), branch.name
    compute = f"libnvidia-compute-{name}"
    same = f"nvidia-kernel-common-{name}-{branch.upstream}"  # since 2025 user space asks for its own kernel-common
    firmware = f"nvidia-firmware-{name}-{branch.upstream}"
    yield Package(firmware, version, section="kernel", component=branch.component)
    yield _only(branch, release, "nvidia-kernel-common", ("nvidia-kernel-common", same), (f"{firmware} (= {version})",))
    provided = ("opencl-icd", f"libnvidia-ml1 (= {version})", f"libcuda1 (= {version})")
    only = _only(branch, release, "libnvidia-compute", ("libnvidia-compute", "nvidia-opencl-icd"), (same,))
    yield replace(only, provides=provided)
    yield _only(branch, release, "nvidia-utils", ("nvidia-utils", "nvidia-smi"), (f"{compute} (= {version})",))
    yield _only(branch, release, "nvidia-compute-utils", ("nvidia-compute-utils", "nvidia-persistenced"), (compute, "adduser"))
    for library, virtual in _LIBRARIES.items():
        needs = {"libnvidia-gl": (f"libnvidia-common-{name}",), "libnvidia-decode": (f"{compute} (= {version})",)}
        yield _only(branch, release, library, (virtual,), needs.get(library, ()))
    server = (f"libnvidia-cfg1-{name} (= {version})",)
    yield _only(branch, release, "xserver-xorg-video-nvidia", ("xorg-driver-binary", "nvidia-driver-binary"), server)


def _flavoured(branch: Branch, flavour: str, release: Release) -> Iterator[Package]:
    """The packages that exist for each kind of kernel module."""
    version, name, component = branch.version(release), branch.name, branch.component
    common, source = branch.within(f"nvidia-kernel-common-{name}"), f"nvidia-kernel-source-{flavour}"
    exactly = {
        each: f"{each}-{name} (= {version})" for each in (*_DISPLAY, "libnvidia-compute", "libnvidia-cfg1", "nvidia-utils")
    }
    compute_utils, own_source = f"nvidia-compute-utils-{name} (= {version})", f"{source} (= {version})"
    yield Package(source, version, exclusive=("nvidia-kernel-source",), section="libs", component=component)
    yield Package(
        f"nvidia-dkms-{flavour}",
        version,
        depends=("dkms", *branch.within(source), *common),
        exclusive=("nvidia-dkms-kernel",),
        section="libs",
        component=component,
        files=payload.dkms_source(branch.upstream, opened=flavour.endswith("-open")),
        scripts=payload.dkms_scripts(branch.upstream),
    )
    compute = (*common, own_source, exactly["libnvidia-compute"], compute_utils, exactly["libnvidia-cfg1"])
    bare = f"nvidia-headless-no-dkms-{flavour}"
    yield Package(bare, version, depends=compute, section="libs", component=component)
    needs = (bare, f"nvidia-dkms-{flavour}")
    yield Package(f"nvidia-headless-{flavour}", version, depends=needs, exclusive=("nvidia-headless",), component=component)
    display = tuple(exactly[each] for each in (*_DISPLAY, "nvidia-utils"))
    yield Package(
        f"nvidia-driver-{flavour}",
        version,
        depends=(
            *display,
            f"xserver-xorg-video-nvidia-{name} (= {version})",
            *branch.within(f"nvidia-dkms-{flavour}"),
            *compute,
        ),
        recommends=("nvidia-settings", "nvidia-prime (>= 0.8)"),
        section="libs",
        component=component,
        fields={"Prefer-Variant": "Open", "Support": "PB"} if branch.name[:3] >= "580" else {"Support": "PB"},
    )


def transitional(packages_now: list[Package], old: str, new: str) -> Iterator[Package]:
    """For each package of the branch `new`, an empty one of the branch `old` that depends on it, in the same version."""
    for package in packages_now:
        if f"-{new}" in package.name and not package.name.startswith("nvidia-firmware"):
            yield Package(
                package.name.replace(f"-{new}", f"-{old}", 1),
                package.version,
                depends=(package.name,),
                section="oldlibs",
                component=package.component,
            )

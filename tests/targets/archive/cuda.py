"""NVIDIA's CUDA repository. Flat, keeps every version, and from branch 590 on its driver packages have no branch in the name."""

from collections.abc import Iterator
from dataclasses import replace

from tests.targets.archive import drivers, payload
from tests.targets.archive.deb import STAND_IN, File, Package, program, text
from tests.targets.archive.drivers import Branch
from tests.targets.archive.releases import Release

SUFFIXED = ("580.159.04", "580.173.02")
PLAIN = ("590.48.01", "595.71.05", "610.43.02")
LATER_SUFFIXED = ("580.178.04",)
LATER_PLAIN = ("595.91.07", "615.71.09")
PINNED = ("570", "575", "580", "590", "595", "610", "615")
_LAST_PROPRIETARY = "610"
# toolkit release: version of the meta, of nvcc, of the runtime, of cuBLAS, of the driver it is paired with
TOOLKITS = {
    "12-8": ("12.8.1-1", "12.8.93-1", "12.8.90-1", "12.8.4.1-1", "570.124.06"),
    "12-9": ("12.9.1-1", "12.9.86-1", "12.9.79-1", "12.9.1.4-1", "575.57.08"),
    "13-0": ("13.0.2-1", "13.0.88-1", "13.0.96-1", "13.1.0.3-1", "580.95.05"),
    "13-2": ("13.2.1-1", "13.2.78-1", "13.2.75-1", "13.3.0.5-1", "595.58.03"),
    "13-4": ("13.4.1-1", "13.4.52-1", "13.4.49-1", "13.5.0.4-1", "615.71.09"),
}


def now(release: Release) -> list[Package]:
    """What the repository holds when a machine comes up."""
    found = [package for version in SUFFIXED for package in _suffixed(version, release)]
    found += [package for version in PLAIN for package in _Plain(version).packages()]
    found += [_pin(branch, f"{branch}.*") for branch in PINNED]
    found += [_pin(version, f"{version}*") for version in (*SUFFIXED, *PLAIN)]
    found += [package for toolkit in TOOLKITS for package in _toolkit(toolkit)]
    return [*found, _config(), _keyring(release)]


def later(release: Release) -> list[Package]:
    """What comes on top; nothing ever leaves."""
    found = [package for version in LATER_SUFFIXED for package in _suffixed(version, release)]
    return found + [package for version in LATER_PLAIN for package in _Plain(version).packages()]


def _suffixed(upstream: str, release: Release) -> Iterator[Package]:
    """Up to 580 by Canonical's packaging: the names that Ubuntu has as well, in versions of its own."""
    number, version = upstream[:3], f"{upstream}-0ubuntu1"
    of_ubuntu = Branch(number, upstream).version(release)
    for package in drivers.packages(Branch(number, upstream, component="main"), release):
        depends, provides = (
            tuple(each.replace(of_ubuntu, version) for each in relations) for relations in (package.depends, package.provides)
        )
        yield replace(package, version=version, depends=depends, provides=provides)
    rivals = (f"cuda-drivers-{number}", f"nvidia-driver-{number}", f"nvidia-driver-{number}-server")
    opened = (f"nvidia-driver-{number}-open (>= {upstream})",)
    yield Package(f"nvidia-open-{number}", f"{upstream}-1", depends=opened, conflicts=rivals)
    yield Package(f"cuda-drivers-{number}", f"{upstream}-1", depends=(f"nvidia-driver-{number} (>= {upstream})",))
    yield Package("nvidia-open", f"{upstream}-1", depends=(f"nvidia-open-{number} (>= {upstream})",))
    yield Package("cuda-drivers", f"{upstream}-1", depends=(f"cuda-drivers-{number} (>= {upstream})",))


class _Plain:
    """From 590 on: one name for all branches, and the version decides."""

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream
        self._version = f"{upstream}-1ubuntu1"

    def _exactly(self, *names: str) -> tuple[str, ...]:
        return tuple(f"{name} (= {self._version})" for name in names)

    def _one(self, name: str, *depends: str, conflicts: tuple[str, ...] = (), provides: tuple[str, ...] = ()) -> Package:
        return Package(
            name,
            self._version,
            depends=depends,
            conflicts=conflicts,
            provides=provides,
            section="libs",
            files=payload.of(name, self._upstream),
            scripts=payload.scripts(name),
        )

    def packages(self) -> Iterator[Package]:
        """All of one version."""
        for part in ("gl", "decode", "cfg1", "gpucomp", "nscq"):
            yield self._one(f"libnvidia-{part}")
        yield self._one("nvidia-firmware")
        yield self._one("nvidia-kernel-common", *self._exactly("nvidia-firmware"))
        yield self._one("libnvidia-compute", *self._exactly("libnvidia-gpucomp", "libnvidia-cfg1", "nvidia-kernel-common"))
        yield self._one("nvidia-persistenced", *self._exactly("libnvidia-cfg1"))
        smi = ("nvidia-smi",)
        yield self._one("nvidia-utils", *self._exactly("libnvidia-compute"), provides=smi, conflicts=smi)
        fabric = payload.unit("nvidia-fabricmanager", "NVIDIA fabric manager service")
        yield Package("nvidia-fabricmanager", self._version, files=fabric)
        yield Package("nvlink5", self._version, depends=("nvidia-fabricmanager", "libnvidia-nscq", "libnvidia-compute"))
        yield from self._kind("-open", "nvidia-open", rivals=("cuda-drivers", "nvidia-driver"))
        if self._upstream[:3] <= _LAST_PROPRIETARY:
            yield from self._kind("", "cuda-drivers", rivals=("nvidia-open", "nvidia-driver-open"))

    def _kind(self, suffix: str, meta: str, rivals: tuple[str, ...]) -> Iterator[Package]:
        other = "nvidia-dkms" if suffix else "nvidia-dkms-open"
        yield Package(
            f"nvidia-dkms{suffix}",
            self._version,
            depends=("dkms", *self._exactly("nvidia-kernel-common")),
            provides=("nvidia-dkms-kernel",),
            conflicts=("nvidia-dkms-kernel", other),
            files=payload.dkms_source(self._upstream, opened=suffix == "-open"),
            scripts=payload.dkms_scripts(self._upstream),
        )
        parts = ("libnvidia-gl", "libnvidia-decode", "libnvidia-compute", "nvidia-persistenced", "nvidia-utils")
        yield self._one(f"nvidia-driver{suffix}", *self._exactly(f"nvidia-dkms{suffix}", *parts))
        yield self._one(meta, *self._exactly(f"nvidia-driver{suffix}"), conflicts=rivals)


def _pin(name: str, pattern: str) -> Package:
    """A package that is nothing but a file of apt preferences; one of them at most."""
    about = "*nvidia* cuda-drivers* nvlink5*"
    body = f"# {STAND_IN}\nPackage: {about}\nPin: version {pattern}\nPin-Priority: 1000\n"
    virtual = ("nvidia-driver-pinning",)
    files = {f"/etc/apt/preferences.d/nvidia-driver-pinning-{name}": text(body)}
    upstream = {**{each[:3]: each for each in (*SUFFIXED, *PLAIN)}, **{each[:3]: each for each in LATER_PLAIN}}
    version = f"{upstream.get(name[:3], name)}-1"
    return Package(
        f"nvidia-driver-pinning-{name}",
        version,
        provides=virtual,
        conflicts=virtual,
        replaces=virtual,
        section="NVIDIA",
        architecture="all",
        files=files,
    )


def _toolkit(release: str) -> Iterator[Package]:
    meta, nvcc, runtime, cublas, driver = TOOLKITS[release]
    number = release.replace("-", ".")
    home = f"/usr/local/cuda-{number}"
    says = f'echo "Cuda compilation tools, release {number}, V{nvcc[:-2]}"\necho "({STAND_IN})"'
    compiler = {f"{home}/bin/nvcc": program(f"#!/bin/sh\n# {STAND_IN}\n{says}\n")}
    header = {f"{home}/include/cuda_runtime.h": text(f"/* {STAND_IN} */\n")}
    common = f"cuda-toolkit-{release}-config-common"
    links = f"update-alternatives --install /usr/local/cuda cuda {home} {release.replace('-', '')}"
    away = f"update-alternatives --remove cuda {home}"
    yield Package(common, runtime, depends=("cuda-toolkit-config-common",), scripts={"postinst": links, "prerm": away})
    yield Package(f"cuda-crt-{release}", nvcc)
    yield Package(f"cuda-nvvm-{release}", nvcc)
    parts = ("build-essential", f"cuda-crt-{release}", f"cuda-nvvm-{release}", f"cuda-cudart-dev-{release}")
    yield Package(f"cuda-nvcc-{release}", nvcc, depends=parts, files=compiler)
    yield Package(f"cuda-cccl-{release}", runtime)
    yield Package(f"cuda-cudart-{release}", runtime, depends=(common,))
    yield Package(f"cuda-cudart-dev-{release}", runtime, depends=(f"cuda-cudart-{release}", f"cuda-cccl-{release}"), files=header)
    yield Package(f"cuda-nvrtc-{release}", nvcc)
    yield Package(f"libcublas-{release}", cublas, depends=(f"cuda-nvrtc-{release}", common))
    yield Package(f"libcublas-dev-{release}", cublas, depends=(f"libcublas-{release}",))
    libraries = (f"cuda-cudart-dev-{release}", f"libcublas-dev-{release}")
    yield Package(f"cuda-libraries-dev-{release}", meta, depends=libraries)
    yield Package(f"cuda-compiler-{release}", meta, depends=(f"cuda-nvcc-{release}",))
    tools = (f"cuda-compiler-{release}", f"cuda-libraries-dev-{release}")
    yield Package(f"cuda-toolkit-{release}", meta, depends=tools)
    yield Package("cuda-toolkit", meta, depends=(f"cuda-toolkit-{release} (>= {meta[:-2]})",))
    # The catch-all, which drags a driver in.
    yield Package(f"cuda-runtime-{release}", meta, depends=(f"cuda-cudart-{release}", f"cuda-drivers (>= {driver})"))
    yield Package(f"cuda-{release}", meta, depends=(f"cuda-runtime-{release}", f"cuda-toolkit-{release}"))
    yield Package("cuda", meta, depends=(f"cuda-{release} (>= {meta[:-2]})",))


def _config() -> Package:
    files = {"/etc/ld.so.conf.d/000_cuda.conf": text("/usr/local/cuda/targets/x86_64-linux/lib\n")}
    return Package("cuda-toolkit-config-common", "13.4.49-1", architecture="all", files=files)


def _keyring(release: Release) -> Package:
    """Its key is put in by `publish`, which makes it."""
    base = f"https://developer.download.nvidia.com/compute/cuda/repos/{release.cuda}/x86_64/"
    key = "/usr/share/keyrings/cuda-archive-keyring.gpg"
    files = {
        f"/etc/apt/sources.list.d/cuda-{release.cuda}-x86_64.list": text(f"deb [signed-by={key}] {base} /\n"),
        "/etc/apt/preferences.d/cuda-repository-pin-600": text("Package: *\nPin: release l=NVIDIA CUDA\nPin-Priority: 600\n"),
        key: File(b""),
    }
    return Package("cuda-keyring", "1.1-1", architecture="all", section="utils", files=files)

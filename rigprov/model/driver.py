"""What is on a host for NVIDIA's driver: kernels, modules, and what apt offers."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class InstalledKernel:
    """One directory under `/lib/modules` that belongs to a kernel."""

    release: str
    image: bool  # its image lies in /boot, so it can be booted
    headers: bool
    modules: tuple[str, ...] = ()  # paths of nvidia.ko files, below the directory


@dataclass(frozen=True)
class DkmsBuild:
    """One line of `dkms status`. `kernel` is "" for a source that was added and built for none."""

    module: str
    version: str
    kernel: str
    state: Literal["added", "built", "installed", "broken"]


@dataclass(frozen=True)
class ModuleFile:
    """The NVIDIA module that the running kernel would load, by `modinfo`."""

    version: str
    open: bool
    signer: str  # "" for one that nobody signed


@dataclass(frozen=True)
class Offer:
    """A package that apt can install, in the version it would take."""

    name: str
    version: str
    origin: str  # of the repository: "Ubuntu", "Debian", "NVIDIA", or its host name

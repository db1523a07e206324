"""The driver that is on the host already, and what state it is in."""

import re
from dataclasses import dataclass
from typing import Literal

from rigprov.catalog.drivers import DEBIAN
from rigprov.model.host import HostFacts, ModuleFile, Nvidia, Package
from rigprov.model.missing import Missing
from rigprov.plan.driver import offered

Origin = Literal["ubuntu", "nvidia", "debian", "ppa", "runfile", "unknown"]
# works: nvidia-smi lists GPUs. mismatch: library and loaded module differ. broken: there, and does not work.
State = Literal["none", "works", "mismatch", "broken"]

_DRIVER = re.compile(
    r"(nvidia-(driver|headless|dkms|open|kernel|utils|compute-utils|smi)(-(?!pinning|cuda|container|assistant).*)?"
    r"|libnvidia-(compute|ml1|cfg1)(-.*)?|linux-modules-nvidia-.*|cuda-drivers(-\d+)?|libcuda1"
    r"|nvidia-linux-grid.*|(lib)?nvidia-(tesla|legacy)-(\d\w*-)?(driver|kernel-dkms|smi|cuda1|ml1|cfg1)(-.*)?)"
)
_WITH_MODULES = re.compile(
    r"(nvidia-(dkms|kernel-dkms|open-kernel-dkms|driver|open|linux-grid|headless-(?!no-dkms))|linux-modules-nvidia|cuda-drivers"
    r"|nvidia-(tesla|legacy)-(\d\w*-)?(driver|kernel-dkms))"
)
# Only Debian has packages of these names, for cards and branches beside its usual one.
_DEBIANS = re.compile(r"(lib)?nvidia-(tesla|legacy)-")
_WITH_OPEN = re.compile(
    r"(nvidia-(driver|dkms|headless|headless-no-dkms)-.*open|nvidia-open.*|linux-modules-nvidia-\d+(-server)?-open)"
)
_BRANCH = re.compile(r"linux-modules-nvidia-(\d+)")
_UPSTREAM = re.compile(r"(\d{3}\.\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class Present:
    """What is there. `version` is the library's, `loaded` the running module's."""

    state: State
    origins: tuple[Origin, ...] = ()
    version: str | None = None
    loaded: str | None = None
    open: bool | None = None
    packages: tuple[str, ...] = ()
    half: tuple[str, ...] = ()  # unpacked or half-configured
    said: str = ""  # nvidia-smi's words
    by_origin: tuple[tuple[Origin, str], ...] = ()  # each package with where it came from

    @property
    def edition(self) -> str:
        """Suffix of Ubuntu's package names: "-server" for the server edition."""
        return "-server" if any("-server" in name for name in self.packages) else ""

    @property
    def whole(self) -> bool:
        """Whether it has what draws a desktop as well."""
        return any(name.startswith("nvidia-driver") for name in self.packages)

    @property
    def by_dkms(self) -> bool:
        """Whether its modules are built on the host."""
        return any("dkms" in name.replace("no-dkms", "") for name in self.packages)

    @property
    def branch(self) -> int | None:
        """Of the library, else of the module."""
        version = self.version or self.loaded
        return int(version.partition(".")[0]) if version else None


def find(facts: HostFacts) -> Present:
    """From packages, the loaded module and nvidia-smi."""
    packages = _packages(facts)
    nvidia = facts.nvidia
    answers = nvidia if isinstance(nvidia, Nvidia) else None
    loaded = answers.module_version if answers else None
    listed = _listed(answers)
    said = answers.gpus.reason if answers and isinstance(answers.gpus, Missing) else ""
    answered = answers.driver_version if answers else None
    version = answered if listed and answered else _library(packages) or answered
    module = facts.module_file if isinstance(facts.module_file, ModuleFile) else None
    if answers is None and not packages:
        return Present("none")
    return Present(
        state=_state(listed=listed, said=said, version=version, loaded=loaded),
        origins=_origins(facts, packages, there=answers is not None, module=bool(module or loaded)),
        version=version,
        loaded=loaded,
        open=module.open if module else _open(packages),
        packages=tuple(dict.fromkeys(package.name for package in packages)),  # a desktop has some for i386 as well
        half=tuple(package.name for package in packages if package.status[1:2] in ("U", "F", "H")),
        said=said,
        by_origin=tuple(dict.fromkeys((_origin(package, facts.os.codename), package.name) for package in packages)),
    )


def _listed(answers: Nvidia | None) -> bool:
    """Whether nvidia-smi names GPUs. One that shares the CPU's memory (GB10) has no size of its own to tell."""
    if answers is None or isinstance(answers.gpus, tuple):
        return bool(answers and answers.gpus)
    return answers.driver_version is not None


def _state(*, listed: bool, said: str, version: str | None, loaded: str | None) -> State:
    apart = bool(version and loaded and version != loaded)
    if "version mismatch" in said or (apart and not listed):
        return "mismatch"
    return "works" if listed else "broken"


def _packages(facts: HostFacts) -> tuple[Package, ...]:
    if isinstance(facts.packages, Missing):
        return ()
    return tuple(
        package for package in facts.packages if _DRIVER.fullmatch(package.name) and package.status[1:2] not in ("n", "c")
    )


def _library(packages: tuple[Package, ...]) -> str | None:
    named = [p for p in packages if p.name.startswith(("libnvidia-compute", "libcuda1", "libnvidia-ml1"))] or [
        p for p in packages if not p.name.startswith("linux-modules-nvidia")
    ]
    found = next((match for package in named if (match := _UPSTREAM.search(package.version))), None)
    return found[1] if found else None


def _open(packages: tuple[Package, ...]) -> bool | None:
    with_modules = [package.name for package in packages if _WITH_MODULES.match(package.name)]
    return any(_WITH_OPEN.match(name) for name in with_modules) if with_modules else None


def _origins(facts: HostFacts, packages: tuple[Package, ...], *, there: bool, module: bool) -> tuple[Origin, ...]:
    if packages:
        found: set[Origin] = {_origin(package, facts.os.codename) for package in packages}
        if module and not any(_WITH_MODULES.match(package.name) for package in packages):
            found.add("runfile")  # a module that none of the packages brought
        return tuple(sorted(found - {"unknown"})) or ("unknown",)
    return ("unknown",) if isinstance(facts.packages, Missing) or not there else ("runfile",)


def _origin(package: Package, codename: str) -> Origin:
    said, version = (package.origin or "").lower(), package.version
    if package.name.startswith("linux-modules-nvidia"):
        return "ubuntu"
    signs: tuple[tuple[bool, Origin], ...] = (
        ("ppa" in said or "~gpu" in version, "ppa"),
        (_DEBIANS.match(package.name) is not None, "debian"),
        (offered.is_nvidias(said), "nvidia"),
        ("ubuntu" in said, "ubuntu"),
        ("debian" in said, "debian"),
        ("-0ubuntu0." in version, "ubuntu"),  # how Canonical numbers them ...
        (re.search(r"-\d+ubuntu1$", version) is not None, "nvidia"),  # ... and how NVIDIA does
        (codename in DEBIAN and _branch(version) == str(DEBIAN.get(codename)), "debian"),
        (codename in DEBIAN, "nvidia"),
    )
    return next((origin for holds, origin in signs if holds), "unknown")


def _branch(version: str) -> str:
    return version.partition(".")[0].rpartition(":")[2]

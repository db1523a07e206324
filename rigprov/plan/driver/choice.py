"""What a driver decision can come to, before it is put into a role's words."""

from dataclasses import dataclass, field

from rigprov.model.plan import Blocker


@dataclass(frozen=True)
class Choice:
    """A driver to install, or to complete."""

    source: str  # ubuntu, nvidia, debian
    branch: int
    flavour: str  # open, proprietary
    modules: str  # prebuilt, dkms
    packages: tuple[str, ...]
    why_source: str
    why_branch: str
    why_flavour: str
    why_modules: str
    build_packages: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    hold: tuple[str, ...] = ()
    pin_package: str = ""
    pins: tuple[tuple[str, str, int], ...] = ()  # packages, pin, priority
    fabric_manager: str = ""
    kernels: tuple[str, ...] = ()
    next_kernel: bool = False  # the modules fit only the kernel of the next boot
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """Why a source cannot serve this host."""

    blockers: tuple[Blocker, ...] = field(default_factory=tuple)

    @classmethod
    def of(cls, code: str, message: str, fix: str) -> "Refusal":
        """One blocker."""
        return cls((Blocker(code, message, fix),))

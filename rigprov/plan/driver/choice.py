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
class Wanted:
    """What a source has to keep to: the user's word, and what is here already.

    Args:
        desktop: everything is wanted, what draws a desktop included.
        branch: this one and no other.
        flavour: these modules, for `why_flavour`.
        edition: of Ubuntu's packages; None: the usual one.
        dkms: modules built on the host, though there may be prebuilt ones.
        trusted: the user says that the firmware knows the key of modules that are built on the host.
        series: of prebuilt modules only the package that follows the kernels, as when this kernel was still to be booted.
    """

    desktop: bool
    branch: int | None = None
    flavour: str | None = None
    why_flavour: str = ""
    edition: str | None = None
    dkms: bool = False
    trusted: bool = False
    series: bool = False


@dataclass(frozen=True)
class Refusal:
    """Why a source cannot serve this host."""

    blockers: tuple[Blocker, ...] = field(default_factory=tuple)

    @classmethod
    def of(cls, code: str, message: str, fix: str) -> "Refusal":
        """One blocker."""
        return cls((Blocker(code, message, fix),))

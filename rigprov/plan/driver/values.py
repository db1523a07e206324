"""A driver decision in the words of the role `nvidia_driver`."""

from rigprov.catalog import repositories
from rigprov.model.plan import Blocker, Chosen, Decision, Destructive
from rigprov.plan.case import Case
from rigprov.plan.driver import keep, kernel, remarks
from rigprov.plan.driver.cards import Cards
from rigprov.plan.driver.choice import Choice
from rigprov.plan.driver.present import Present

# Regular expressions of unattended-upgrades, matched from the start of a package's name.
UNATTENDED = ("nvidia-", "libnvidia-", "linux-modules-nvidia-", "cuda-drivers", "libcuda1$", "xserver-xorg-video-nvidia")
_NEVER_MIXED = (("nvidia-* libnvidia-* cuda-drivers* libcuda1", repositories.CUDA_PIN, -1),)


def chosen(
    case: Case,
    made: Choice,
    found: Cards,
    *,
    why: str = "",
    conflicts: tuple[str, ...] = (),
    given: bool = False,
    blockers: tuple[Blocker, ...] = (),
    destructive: tuple[Destructive, ...] = (),
    reboot: str = "",
) -> Decision:
    """A driver is installed, completed or exchanged, or stays as an earlier run installed it.

    `why` says what is wrong with the one that is there, `conflicts` what of it leaves first, `given` whether that was agreed to,
    `reboot` why one is needed for what is there.
    """
    reboot = reboot or _reboot(made, found) or ("the driver that leaves is loaded until the next boot" if conflicts else "")
    others = {
        "nvidia_driver_conflicts": Chosen(list(conflicts), why if conflicts else "nothing has to leave"),
        "nvidia_driver_remove_conflicts": Chosen(bool(conflicts) and given, "as agreed" if given else "not agreed to"),
        "nvidia_driver_repository": _repository(case, made),
    }
    values = {**_installed(case, made, found), **others, **_kept(made), **_consent(case, reboot)}
    return Decision(
        values=values,
        blockers=(*blockers, *remarks.passed_on(found)),
        warnings=(*made.warnings, *remarks.early(made, found), *remarks.warnings(case, found)),
        destructive=destructive,
        reboot=reboot or None,
        reason=_reason(made, why),
    )


def _installed(case: Case, made: Choice, found: Cards) -> dict[str, Chosen]:
    """What is installed, and from where."""
    return {
        "nvidia_driver_source": Chosen(made.source, made.why_source),
        "nvidia_driver_branch": Chosen(str(made.branch), made.why_branch),
        "nvidia_driver_flavour": Chosen(made.flavour, made.why_flavour),
        "nvidia_driver_modules": Chosen(made.modules, made.why_modules),
        "nvidia_driver_packages": Chosen(list(made.packages), "the whole set, in one transaction"),
        "nvidia_driver_build_packages": Chosen(list(made.build_packages), _why_build(case, made)),
        "nvidia_driver_components": Chosen(list(made.components), "the packages lie in these components of the distribution"),
        "nvidia_driver_kernels": Chosen(list(made.kernels), "each of them must have the module afterwards"),
        "nvidia_driver_blacklist": _blacklist(found),
        "nvidia_driver_fabric_manager": Chosen(made.fabric_manager, _why_fabric(made.fabric_manager)),
    }


def adopted(case: Case, there: Present, found: Cards | None, *, reboot: str = "") -> Decision:
    """The driver that is here stays; it is guarded against being changed behind its back."""
    origin = " and ".join(keep.named(name) for name in there.origins)
    guarded = there.packages and there.origins[:1] != ("runfile",)
    metas = kernel.metas_installed(case.facts) if any(n.startswith("linux-modules-nvidia") for n in there.packages) else ()
    pinned = case.installed(f"nvidia-driver-pinning-{there.branch}") if there.branch else ()
    held = [] if pinned or not guarded else [*there.packages, *keep.along(case.facts, there), *metas]
    flavour = "" if there.open is None else "open" if there.open else "proprietary"
    works = f"driver {there.version} works, and came from {origin}" if there.state == "works" else f"it came from {origin}"
    warnings = [*remarks.warnings(case, found), *keep.warnings(case.facts, there, found)] if found else []
    if len(there.origins) > 1:
        warnings.append(f"parts of the driver come from {origin}; it works as it is, and one of the two should go at some time")
    if there.origins == ("runfile",):
        warnings.append(
            "the driver came from NVIDIA's .run installer: no package manager keeps it, and a new kernel will lose it"
        )
    values = {
        "nvidia_driver_source": Chosen("adopt", f"{works}; a good driver is kept, not replaced"),
        "nvidia_driver_branch": Chosen(str(there.branch or ""), "of the driver that is here"),
        **({"nvidia_driver_flavour": Chosen(flavour, "of the driver that is here")} if flavour else {}),
        "nvidia_driver_modules": Chosen("present", "they are here"),
        "nvidia_driver_packages": Chosen([], "nothing is installed"),
        "nvidia_driver_hold": Chosen(
            held, "NVIDIA's pinning package keeps it" if pinned else "so that no upgrade changes half of it"
        ),
        "nvidia_driver_unattended_exclude": Chosen(list(UNATTENDED) if guarded else [], "upgrades that nobody watches stay away"),
        **_consent(case, reboot),
    }
    return Decision(
        values=values,
        warnings=tuple(warnings),
        reboot=reboot or None,
        reason=f"driver {there.version or there.branch} is here already ({origin}) and is kept",
    )


def _repository(case: Case, made: Choice) -> Chosen:
    repository = repositories.cuda(case.facts.os.id, case.facts.os.codename, case.facts.kernel.machine)
    if made.source != "nvidia" or repository is None:
        return Chosen({}, "the distribution has the driver")
    return Chosen(repository.values(), "NVIDIA's CUDA repository has the driver")


def _kept(made: Choice) -> dict[str, Chosen]:
    """How the driver stays as it is, and what apt is told of NVIDIA's repository."""
    if made.source == "nvidia":
        said = f"{made.pin_package} keeps it on its branch; a hold beside it would stand in its way"
        return {
            "nvidia_driver_pin_package": Chosen(made.pin_package, said),
            "nvidia_driver_hold": Chosen([], said),
            "nvidia_driver_pins": Chosen([], "the pinning package does that"),
            "nvidia_driver_unattended_exclude": Chosen(list(UNATTENDED), "upgrades that nobody watches stay away"),
        }
    with_kernel = made.modules == "prebuilt"
    said = "driver and kernel change together or not at all" if with_kernel else "so that no upgrade changes half of it"
    unattended = (*UNATTENDED, *(f"{name}$" for name in made.hold if with_kernel and name.startswith("linux-")))
    return {
        "nvidia_driver_pin_package": Chosen("", "packages of a distribution are held instead"),
        "nvidia_driver_hold": Chosen(list(made.hold), said),
        "nvidia_driver_pins": Chosen(
            [{"package": package, "pin": pin, "priority": priority} for package, pin, priority in _NEVER_MIXED],
            "if NVIDIA's repository is added, for CUDA, its drivers stay out",
        ),
        "nvidia_driver_unattended_exclude": Chosen(list(dict.fromkeys(unattended)), "upgrades that nobody watches stay away"),
    }


def _consent(case: Case, reboot: str) -> dict[str, Chosen]:
    """Agreed to holds also where only the role finds out that a reboot is needed."""
    agreed = case.consent.reboot == "yes"
    needed = reboot or "none is known to be needed"
    return {"nvidia_driver_reboot": Chosen(agreed, f"{needed}; {'agreed to' if agreed else 'not agreed to'}")}


def _reboot(made: Choice, found: Cards) -> str:
    if found.held_by:
        return f"{found.held_by} holds the GPU, and lets go only at a boot without it"
    if made.next_kernel:
        return "the driver's modules fit the newest kernel, which has to be booted first"
    return ""


def _blacklist(found: Cards) -> Chosen:
    modules = ["nouveau", "nova_core", "nova_drm"]
    said = f"{found.held_by} holds the GPU" if found.held_by else "so that they never take the GPU before NVIDIA's driver does"
    return Chosen(modules, said)


def _why_build(case: Case, made: Choice) -> str:
    if not made.build_packages:
        return "nothing is built"
    kernels = " and ".join(made.kernels)
    built_with = kernel.compiler(case.facts)
    why = ", which the running kernel was built with" if built_with != "gcc" else ", the release's own"
    return f"DKMS, headers of {kernels}, and {built_with}{why}"


def _why_fabric(package: str) -> str:
    return "the GPUs are joined by NVSwitch, and CUDA waits for the fabric manager" if package else "there is no NVSwitch"


def _reason(made: Choice, why: str) -> str:
    source = keep.named(made.source)
    what = f"driver {made.branch} ({made.flavour} modules, {made.modules}) from {source}"
    return f"{what}; {why}" if why else what

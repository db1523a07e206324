"""Whether NVIDIA's kernel module holds every GPU."""

from rigprov.doctor import kernel_log, xid
from rigprov.doctor.layer import broken, fine, not_known
from rigprov.doctor.layers.absent import absent
from rigprov.doctor.layers.pci import named, place
from rigprov.doctor.seen import NOT_FOUND, Seen, listed, whole
from rigprov.model.diagnosis import Finding, Layer
from rigprov.model.host import Missing, PciDevice

_OURS = "nvidia"
_NOUVEAU = ("nouveau", "nova", "nova_core", "NovaCore", "nova-core")
_PASSED_ON = ("vfio-pci", "pci-stub")


def judge(seen: Seen) -> Layer:
    """In a container or WSL2 the module is the host's."""
    if seen.wsl:
        return fine("module", "WSL2 uses the driver of Windows; there is no kernel module of its own")
    if seen.container:
        return _in_container(seen)
    if not seen.gpus:
        said = f"the NVIDIA module {seen.loaded} is loaded; which cards it holds cannot be seen from here"
        return fine("module", said) if seen.loaded else not_known("module", "the bus could not be read")
    ours = [one for one in seen.gpus if one.driver == _OURS]
    others = [one for one in seen.gpus if one.driver not in (_OURS, None)]
    loose = [one for one in seen.gpus if one.driver is None]
    passed_on = [one for one in others if one.driver in _PASSED_ON]
    if ours and not loose and len(passed_on) == len(others):  # some cards for virtual machines, the others for us
        return _started(seen, ours, [_held(seen, one) for one in passed_on])
    findings = [_held(seen, one) for one in others if one not in passed_on or not ours]
    if loose:
        found = _loose(seen, loose)
        if isinstance(found, Missing):
            return not_known("module", found.reason)
        findings += found
    return broken("module", findings)


def _in_container(seen: Seen) -> Layer:
    if seen.loaded:
        return fine("module", f"the module is that of the machine below this container, version {seen.loaded}")
    if seen.rc("nvidia-version") in (None, 124):
        return not_known("module", seen.why("nvidia-version"))
    return broken(
        "module",
        [
            Finding(
                "host-module-not-loaded",
                "the machine below this container has no NVIDIA module loaded; a container cannot load one",
                seen.quote("nvidia-version"),
                "mend the driver on the machine below: `rigprov doctor` runs there too",
            )
        ],
    )


def _started(seen: Seen, ours: list[PciDevice], notes: list[Finding]) -> Layer:
    """The module holds the cards; whether it could start them is told by the driver itself, and why not by the kernel's log."""
    count = 0 if isinstance(seen.told, Missing) else len(seen.told)
    if count < len(ours) and _asked(seen) and (found := _not_started(seen, ours)):
        return broken("module", found, notes)
    version = f" (version {seen.loaded})" if seen.loaded else ""
    return fine("module", f"nvidia holds {listed([one.address for one in ours])}{version}", notes)


def _asked(seen: Seen) -> bool:
    """Whether the driver's answer says anything of the cards: not without nvidia-smi, nor with a library of another version."""
    return seen.rc("nvidia-smi") not in (None, NOT_FOUND) and "version mismatch" not in seen.words("nvidia-smi")


def _not_started(seen: Seen, devices: list[PciDevice]) -> list[Finding]:
    """Cards that failed later (Xid) also say that they cannot be started; that is their driver's business, not the module's."""
    failed = kernel_log.slots([event.slot for event in xid.events(seen.log) if event.grave])
    slots = kernel_log.slots([one.address for one in devices]) - failed
    if not slots:
        return []
    return [hit.finding for hit in kernel_log.hits(seen.log, "module") if not hit.slots or hit.slots & slots]


def _held(seen: Seen, device: PciDevice) -> Finding:
    driver = device.driver or ""
    evidence = seen.quote("pci", device.address)
    where = f"{named(device)} at {place(seen, device)}"
    if driver in _PASSED_ON:
        return Finding(
            "vfio-holds-gpu",
            f"{driver} holds {where}: it is set aside for a virtual machine",
            (*evidence, *(seen.quote("cmdline", "vfio") if "vfio" in seen.text("cmdline") else ())),
            "leave it so where a virtual machine uses it; else take the card's id out of `vfio-pci.ids=` and of /etc/modprobe.d, "
            "run `update-initramfs -u`, and reboot",
        )
    if driver in _NOUVEAU:
        return _nouveau(seen, f"{driver} holds {where}", evidence)
    return Finding(
        "other-driver-holds-gpu",
        f"{driver} holds {where}",
        evidence,
        f"blacklist {driver} in /etc/modprobe.d, run `update-initramfs -u`, and reboot",
    )


_OFF = (
    "write `blacklist nouveau` and `options nouveau modeset=0` into /etc/modprobe.d/nouveau.conf, run `update-initramfs -u` "
    "(it is loaded from there, before the root file system), and reboot"
)


def _nouveau(seen: Seen, what: str, evidence: tuple[str, ...]) -> Finding:
    """On a machine that never had NVIDIA's driver there is nothing to blacklist for."""
    if seen.lines("module-kernels") and all(line.endswith(" -") for line in seen.lines("module-kernels")):
        words = f"{what}, and NVIDIA's driver is not installed"
        fix = "install the driver: `rigprov plan --tier TIER HOST` says which; it keeps nouveau off from the next start on"
        return Finding("nouveau-holds-gpu", words, (*evidence, *seen.quote("module-kernels", limit=2)), fix)
    return Finding("nouveau-holds-gpu", what + _rule(seen), (*evidence, *_initramfs(seen)), _OFF)


def _rule(seen: Seen) -> str:
    """A blacklist that is there but not in the initramfs is the usual reason."""
    ruled = any("blacklist nouveau" in " ".join(line.split()) for line in seen.lines("modprobe-rules"))
    if not ruled:
        return ", and nothing keeps it off"
    return ", though it is blacklisted: the initramfs still loads it" if _stale(seen) else ", though it is blacklisted"


def _stale(seen: Seen) -> bool:
    """Whether the initramfs is older than a rule, or holds the module."""
    if any("nouveau.ko" in line or "nova_core.ko" in line for line in seen.lines("initramfs")):
        return True
    words = [line.split() for line in seen.lines("initramfs")]
    times = {word[1]: time for word in words if len(word) == 2 and (time := whole(word[0])) is not None}  # noqa: PLR2004
    image = [time for path, time in times.items() if "/initrd.img" in path]
    return bool(image) and any(time > image[0] for path, time in times.items() if "modprobe.d" in path)


def _initramfs(seen: Seen) -> tuple[str, ...]:
    rules = seen.quote("modprobe-rules", "nouveau", limit=2) if "nouveau" in seen.text("modprobe-rules") else ()
    files = seen.quote("initramfs", "nouveau", "nova_core", limit=2) if "nouveau" in seen.text("initramfs") else ()
    return (*rules, *files)


def _loose(seen: Seen, devices: list[PciDevice]) -> list[Finding] | Missing:
    """Why no driver holds these."""
    slots = kernel_log.slots([one.address for one in devices])
    said = [hit.finding for hit in kernel_log.hits(seen.log, "module") if not hit.slots or hit.slots & slots]
    where = listed([f"{named(one)} at {place(seen, one)}" for one in devices])
    loaded = _OURS in seen.text("modules").split() or bool(seen.loaded)
    if loaded:
        return said or [
            Finding(
                "not-bound",
                f"the NVIDIA module is loaded, but does not hold {where}, and the kernel's log does not say why",
                seen.quote("pci", *[one.address for one in devices]),
                "reboot; if it stays so, look at `dmesg | grep -iE 'nvrm|nvidia'`",
            )
        ]
    return absent(seen, where, said)

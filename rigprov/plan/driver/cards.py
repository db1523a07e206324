"""What the NVIDIA GPUs of a host ask of a driver."""

from dataclasses import dataclass

from rigprov.catalog import generations, gpus, other_gpus
from rigprov.catalog.drivers import OLDEST_USABLE, OPEN_FOR_ALL
from rigprov.catalog.gpus import GpuModel, Modules
from rigprov.model.host import HostFacts, PciDevice
from rigprov.model.missing import Missing
from rigprov.model.plan import Blocker

BRIDGE = "0680"  # class of an NVSwitch
_NVLINK5 = ("10.0", "10.3")
_FOR_A_GUEST = ("vfio-pci", "pci-stub")
_NOUVEAU = ("nouveau", "nova_core", "nova-core", "nova_drm")


@dataclass(frozen=True)
class Cards:
    """All NVIDIA GPUs on the bus together: the branches and kernel modules that drive every one of them."""

    models: tuple[GpuModel, ...]
    devices: tuple[PciDevice, ...]
    nvswitch: bool
    guests: tuple[PciDevice, ...] = ()  # further cards, which are kept for virtual machines

    @property
    def low(self) -> int | None:
        """First branch that knows all of them."""
        return max((model.min_branch for model in self.models if model.min_branch), default=None)

    @property
    def high(self) -> int | None:
        """Last branch that drives all of them."""
        return min((model.max_branch for model in self.models if model.max_branch), default=None)

    @property
    def modules(self) -> Modules | None:
        """None: no kind of module drives all of them."""
        kinds = {model.modules for model in self.models} - {"either"}
        return None if len(kinds) > 1 else next(iter(kinds), "either")

    @property
    def nvlink5(self) -> bool:
        """Whether they are joined by NVLink 5 (HGX B200 and B300), whose switches are not on the guest's bus."""
        return any(model.compute_capability in _NVLINK5 and model.nvlink == "nvswitch" for model in self.models)

    @property
    def names(self) -> str:
        """Each kind of card once."""
        return " and ".join(dict.fromkeys(model.name for model in self.models))

    @property
    def newer(self) -> tuple[str, ...]:
        """Cards that no table knows."""
        return tuple(model.name for model in self.models if model.generation == generations.NEWER.name)

    @property
    def held_by(self) -> str | None:
        """The kernel's own driver that holds a card; it has to let go before NVIDIA's can take it."""
        return next((device.driver for device in self.devices if device.driver in _NOUVEAU), None)

    @property
    def passed_on(self) -> str | None:
        """Address of a card that is kept for a virtual machine, where there is no other."""
        return next((device.address for device in self.devices if device.driver in _FOR_A_GUEST), None)

    def fits(self, branch: int) -> bool:
        """Whether a branch drives all of them."""
        return (self.low is None or branch >= self.low) and (self.high is None or branch <= self.high)

    def flavour(self, branch: int) -> str:
        """Kernel modules to take in this branch."""
        if self.modules in ("open", "proprietary"):
            return str(self.modules)
        return "open" if branch >= OPEN_FOR_ALL else "proprietary"

    def why_flavour(self, branch: int, flavour: str) -> str:
        """Reason for these modules in this branch, in words."""
        if self.modules == "open":
            return f"{self.names} runs with open modules only"
        if self.modules == "proprietary":
            return f"{self.names} has no system processor, which the open modules need"
        if flavour == "open":
            return "NVIDIA recommends the open modules from Turing on"
        return f"in branch {branch} the open modules were not yet meant for GeForce and workstation cards"


def find(facts: HostFacts) -> Cards | Missing:
    """NVIDIA's GPUs on the PCI bus. Those that are kept for virtual machines count only where there is no other."""
    if isinstance(facts.pci, Missing):
        return facts.pci
    ours = tuple(dev for dev in facts.pci if dev.vendor == gpus.NVIDIA)
    shown = tuple(dev for dev in ours if dev.class_id in gpus.DISPLAY_CLASSES)
    own = tuple(dev for dev in shown if dev.driver not in _FOR_A_GUEST)
    guests = tuple(dev for dev in shown if dev not in own) if own else ()
    used = own or shown
    models = tuple(gpus.lookup(dev.device, dev.subsystem_device) or generations.stand_in(dev.device) for dev in used)
    return Cards(models, used, any(dev.class_id == BRIDGE for dev in ours), guests)


def others(facts: HostFacts) -> tuple[str, ...]:
    """GPUs and accelerators of other makers; adapters that only show a picture are left out."""
    if isinstance(facts.pci, Missing):
        return ()
    found = (
        other_gpus.name(dev.vendor, dev.device)
        for dev in facts.pci
        if dev.vendor != gpus.NVIDIA and (dev.class_id[:2] in ("03", "12") or (dev.vendor, dev.device) in other_gpus.ACCELERATORS)
    )
    return tuple(dict.fromkeys(name for name in found if name))


def unfit(cards: Cards) -> Blocker | None:
    """Why no driver can drive all the cards, with the way out."""
    low, high = cards.low, cards.high
    if high is not None and high < OLDEST_USABLE:
        old = " and ".join(dict.fromkeys(model.name for model in cards.models if model.max_branch == high))
        fix = "take that card out or exchange it" if len(cards.models) > 1 else "use a card of the Maxwell generation or newer"
        message = f"{old} ends at driver branch {high}, which is out of support and too old for CUDA 12"
        return Blocker("driver-gpu-old", message, f"{fix}, or take the tier starter")
    if cards.modules is None or (low is not None and high is not None and low > high):
        first = " and ".join(dict.fromkeys(m.name for m in cards.models if m.modules == "proprietary" or m.max_branch == high))
        second = " and ".join(dict.fromkeys(m.name for m in cards.models if m.modules == "open" or (low and m.min_branch == low)))
        message = f"no driver serves both {first} (branch {high} at most, proprietary modules) and {second} (open modules only)"
        return Blocker("driver-gpus-mixed", message, "take one of the two out of the machine")
    return None

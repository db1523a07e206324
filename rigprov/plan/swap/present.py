"""The swap that is there: the file that rigprov made, and everything else, which is not rigprov's to change."""

from dataclasses import dataclass

from rigprov.model.host import HostFacts, SwapArea
from rigprov.model.missing import Missing
from rigprov.model.swap import SwapFile
from rigprov.plan.case import MIB, gib

UNFINISHED = ".rigprov-new"  # the name under which the role makes a file before it is put in place
MANAGERS = {
    "rpi-swap": "/etc/rpi/swap.conf",
    "dphys-swapfile": "CONF_SWAPSIZE in /etc/dphys-swapfile",
    "zram-generator": "zram-size in /etc/systemd/zram-generator.conf",
    "zram-tools": "PERCENT in /etc/default/zramswap",
    "swapspace": "/etc/swapspace.conf",
    "waagent": "ResourceDisk.SwapSizeMB in /etc/waagent.conf",
    "cloud-init": "the key `swap` of cloud-init's configuration",
}
MARGIN_SHARE, MARGIN_MIB = 20, 256  # what has to stay available after swapoff: a twentieth of RAM, at the least 256 MiB


@dataclass(frozen=True)
class Ours:
    """The swap file that carries the role's label."""

    path: str
    size_mib: int
    active: bool
    used_mib: int
    lasting: bool  # /etc/fstab names it


@dataclass(frozen=True)
class Present:
    """All swap of a host.

    Args:
        ours: None: rigprov made none.
        others: active areas of somebody else.
        off: what /etc/fstab names as swap, and is neither on nor ours.
        managers: programs that set swap up here.
        compressed: whether zswap is on.
        taken: paths at which something lies that is not ours.
        unfinished: files that a run left half-made, which the role throws away, with their sizes in bytes.
    """

    ours: Ours | None
    others: tuple[SwapArea, ...]
    off: tuple[str, ...]
    managers: tuple[str, ...]
    compressed: bool
    taken: frozenset[str]
    unfinished: tuple[tuple[str, int], ...]

    @property
    def on_disk_mib(self) -> int:
        """Of the others, what is not compressed memory."""
        return sum(area.size_mib for area in self.others if area.kind != "zram")

    @property
    def zram_mib(self) -> int:
        """Size of the compressed memory."""
        return sum(area.size_mib for area in self.zram)

    @property
    def zram(self) -> tuple[SwapArea, ...]:
        """Swap in compressed memory."""
        return tuple(area for area in self.others if area.kind == "zram")


def find(facts: HostFacts, default: str) -> Present | Missing:
    """What is there. Missing: the active areas could not be read."""
    if isinstance(facts.swaps, Missing):
        return facts.swaps
    listed = () if isinstance(facts.fstab_swaps, Missing) else facts.fstab_swaps
    files = () if isinstance(facts.swapping.files, Missing) else facts.swapping.files
    ours = _labelled(facts.swaps, files, listed) or _cut_off(facts, default, listed)
    others = tuple(area for area in facts.swaps if ours is None or area.path != ours.path)
    on = {area.path for area in facts.swaps}
    managers = () if isinstance(facts.swapping.managers, Missing) else facts.swapping.managers
    named = [source for source in listed if source not in on and not _ours_to_be(source, ours, default, files)]
    partitions = any(area.kind == "partition" for area in others)
    return Present(
        ours=ours,
        others=others,
        # A source by UUID can be one of the partitions that are on.
        off=tuple(source for source in named if not (_tagged(source) and partitions)),
        managers=tuple(name for name in managers if name in MANAGERS),
        compressed="zswap" in managers,
        taken=frozenset(file.path for file in files if not file.ours and not file.path.endswith(UNFINISHED)),
        unfinished=tuple((file.path, file.size_bytes) for file in files if file.path.endswith(UNFINISHED)),
    )


def _labelled(areas: tuple[SwapArea, ...], files: tuple[SwapFile, ...], listed: tuple[str, ...]) -> Ours | None:
    """By the label in the file's header. The active one counts, should a move have been cut off between two."""
    active = {area.path: area for area in areas}
    found = [file for file in files if file.ours and not file.path.endswith(UNFINISHED)]
    for file in sorted(found, key=lambda file: (file.path not in active, file.path not in listed, file.path)):
        area = active.get(file.path)
        # The kernel tells a page less than the file has, so the file's own size counts, to the nearest MiB.
        size = round(file.size_bytes / MIB)
        return Ours(file.path, size, area is not None, area.used_mib if area else 0, file.path in listed)
    return None


def _cut_off(facts: HostFacts, default: str, listed: tuple[str, ...]) -> Ours | None:
    """Recordings without labels: a file at our path that is on and not in fstab is one whose making was cut off."""
    if not isinstance(facts.swapping.files, Missing) or isinstance(facts.swaps, Missing):
        return None
    if [area.path for area in facts.swaps] != [default] or isinstance(facts.fstab_swaps, Missing) or default in listed:
        return None
    return Ours(default, facts.swaps[0].size_mib + 1, active=True, used_mib=facts.swaps[0].used_mib, lasting=False)


def _ours_to_be(source: str, ours: Ours | None, default: str, files: tuple[SwapFile, ...]) -> bool:
    """Whether a line of /etc/fstab stands for our file, also where the file itself is gone."""
    gone = source == default and all(file.path != default for file in files)
    return (ours is not None and source == ours.path) or gone


def _tagged(source: str) -> bool:
    """By UUID or label, or through a link: which device that is only the host knows."""
    return not source.startswith("/") or source.startswith(("/dev/disk/", "/dev/mapper/"))


def fits_in_memory(facts: HostFacts, used_mib: int) -> bool:
    """Whether memory can take in what is swapped out, with a margin."""
    margin = max(facts.memory.total_mib // MARGIN_SHARE, MARGIN_MIB)
    return used_mib == 0 or used_mib + margin <= facts.memory.available_mib


def in_words(facts: HostFacts, present: Present) -> str:
    """All swap of somebody else in words, with amounts."""
    areas = [f"{area.path} ({_kind(facts, area)}, {gib(area.size_mib * MIB)})" for area in present.others]
    by = f", set up by {' and '.join(present.managers)}" if present.managers else ""
    return f"{', '.join(areas)}{by}{'; zswap compresses what goes there' if present.compressed else ''}"


def _kind(facts: HostFacts, area: SwapArea) -> str:
    if area.kind == "zram":
        return "compressed memory" if area.priority is None else f"compressed memory, priority {area.priority}"
    disks = () if isinstance(facts.disks, Missing) else facts.disks
    types = {"lvm": "LVM volume", "crypt": "encrypted volume"}
    device = next((disk for disk in disks if f"/dev/{disk.name}" == area.path), None)
    return types.get(device.type, area.kind) if device else area.kind

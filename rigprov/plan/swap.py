"""Swap: how much, in which file, made in which way, or why none.

It serves what cannot be dropped and read again: caches of keys and values, Python, staging. Weights that are mapped from a
file never go there, so the size follows the RAM and not the models.
"""

from collections.abc import Mapping

from rigprov.model.host import Mount
from rigprov.model.missing import Missing
from rigprov.model.plan import Chosen, Decision
from rigprov.plan.benchmark import Choice
from rigprov.plan.case import GIB, MIB, Case, gib
from rigprov.plan.storage import Place
from rigprov.tiers.fit import mount_of

FILE = "/swapfile"
SMALL_RAM_MIB, LARGE_RAM_MIB = 8 * 1024, 64 * 1024
MIDDLE_MIB, LARGE_MIB, LEAST_MIB = 8 * 1024, 4 * 1024, 256
MODEL_FACTOR = 1.2  # RAM and swap together hold this many times the model, should it be loaded without mapping
DISK_SHARE = 4  # at most a quarter of the free space
METHODS: Mapping[str, str] = {"ext4": "fallocate", "ext3": "dd", "xfs": "fallocate", "f2fs": "dd", "btrfs": "btrfs"}
REFUSED: Mapping[str, str] = {
    "overlay": "a swap file on overlay is refused by the kernel",
    "zfs": "ZFS cannot hold a swap file",
    "bcachefs": "bcachefs cannot hold a swap file",
    "tmpfs": "tmpfs is memory itself",
    "nfs": "swap over the network is not safe",
    "nfs4": "swap over the network is not safe",
    "cifs": "swap over the network is not safe",
    "9p": "swap over a shared directory is not safe",
    "virtiofs": "swap over a shared directory is not safe",
}


def decide(case: Case, place: Place, choice: Choice) -> Decision:
    """Values of the role `swap`, or why it is left out."""
    if reason := _not_here(case):
        return Decision(skip=reason)
    file = str(case.wish("swap_file") or FILE)
    wish = case.wish("swap_size_mib")
    wanted = Chosen(wish, f"`swap_size_mib` is set to {wish}") if wish is not None else _present(case, file)
    if wanted is not None and wanted.value == 0:
        return Decision({"swap_size_mib": wanted}, reason="swap stays as it is; only how readily the kernel uses it is set")
    mount = _mount(case, file)
    if isinstance(mount, str):
        return Decision(skip=mount)
    size = wanted or _size(case, place, choice, mount)
    if size.value == 0:
        return Decision(skip=size.reason)
    return Decision(
        values={
            "swap_file": Chosen(file, "`swap_file` is set" if case.wish("swap_file") else "on the root file system"),
            "swap_size_mib": size,
            "swap_method": Chosen(METHODS[mount.filesystem], f"{mount.target} is {mount.filesystem}"),
        },
        reason=f"{gib(int(str(size.value)) * MIB)} in {file}",
    )


def _not_here(case: Case) -> str | None:
    if case.environment.kind == "wsl2":
        return "WSL2 has its own swap; its size is set in .wslconfig on Windows"
    if case.environment.kind != "container":
        return None
    belongs = "swap belongs to the machine that runs this container"
    if not case.environment.systemd or not case.facts.virtualisation.can_admin:
        return belongs
    # Capabilities do not tell: container managers filter swapon by other means. And what works is the whole machine's.
    return None if case.wish("swap_size_mib") is not None else f"{belongs}; where it may be used all the same, set swap.size_mib"


def _mount(case: Case, file: str) -> Mount | str:
    """The file system for the file, or why it cannot hold swap."""
    if isinstance(case.facts.mounts, Missing):
        return f"the file systems could not be read: {case.facts.mounts.reason}"
    mount = mount_of(file, case.facts.mounts)
    if mount is None:
        return f"the file system under {file} is not known"
    if mount.filesystem in METHODS:
        return mount
    why = REFUSED.get(mount.filesystem, f"whether {mount.filesystem} can hold a swap file is not known")
    return f"{mount.target} is {mount.filesystem}: {why}"


def _present(case: Case, file: str) -> Chosen | None:
    """What to do about swap that is there; None: there is none.

    It is the user's and stays as it is. Only a file of ours that is on but not in fstab was cut off on its way, so the
    role has to finish it.
    """
    swaps, fstab = case.facts.swaps, case.facts.fstab_swaps
    if isinstance(swaps, Missing):
        return Chosen(0, f"whether there is swap could not be read: {swaps.reason}")
    listed = () if isinstance(fstab, Missing) else fstab
    if [area.path for area in swaps] == [file] and not isinstance(fstab, Missing) and file not in listed:
        return Chosen(swaps[0].size_mib + 1, "the file is on, and not yet for the next boot")  # the kernel leaves out a page
    if swaps:
        total = gib(sum(area.size_mib for area in swaps) * MIB)
        return Chosen(0, f"there is swap already and it is kept: {', '.join(area.path for area in swaps)}, {total}")
    others = [source for source in listed if source != file]
    return Chosen(0, f"/etc/fstab names swap that is not on: {', '.join(others)}") if others else None


def _size(case: Case, place: Place, choice: Choice, mount: Mount) -> Chosen:
    """Size in MiB and the reason; 0 when there is no room."""
    ram = case.facts.memory.total_mib
    if ram < SMALL_RAM_MIB:
        size, why = ram, "as much as RAM on a machine with less than 8 GiB"
    elif ram <= LARGE_RAM_MIB:
        size, why = MIDDLE_MIB, "8 GiB on a machine with 8 to 64 GiB of RAM"
    else:
        size, why = LARGE_MIB, "4 GiB on a machine with more than 64 GiB of RAM"
    model = choice.model.size_bytes if choice.model else 0
    if (lacking := int(MODEL_FACTOR * model / MIB) - ram) > size:
        size, why = lacking, f"RAM and swap together hold {MODEL_FACTOR} times the model"
    free = mount.free_bytes
    if choice.model and place.mount == mount and not place.has(choice.model.file, model):
        free -= model
    cap = max(free // DISK_SHARE // MIB, 0)
    if cap < LEAST_MIB:
        return Chosen(0, f"{mount.target} has too little room: a quarter of the free space is {gib(max(free, 0) / DISK_SHARE)}")
    if cap < size:
        size, why = cap, f"a quarter of the free space on {mount.target}, less than the rule wants ({gib(size * MIB)})"
    return Chosen(_rounded(size), why)


def _rounded(size_mib: int) -> int:
    """Down to 64 MiB, and to whole GiB where it is large: free space differs a little from run to run."""
    step = GIB // MIB if size_mib >= MIDDLE_MIB // 2 else 64
    return size_mib // step * step

"""Why loading the model takes long. Decoding does not read the disk. Pure: each takes a situation and gives a cause or None."""

from rigprov.catalog.disk_links import FASTEST_SPINNING, LEAST_SHARE, NETWORK_FILE_SYSTEMS, SLOW
from rigprov.model.disk import Disk, DiskKind, DiskRead
from rigprov.model.proof import Cause
from rigprov.verify.causes.situation import Situation

_ELSEWHERE = "put the models on a local NVMe disk: `rigprov apply --set models.path=DIRECTORY`"
_FAST_ENOUGH = 7.0  # GB/s: below three seconds for 20 GB, whatever the link's generation could be
_UNSTEADY = 2.0  # fastest stretch over slowest
_BY_KIND: dict[DiskKind, tuple[str, str]] = {
    "network": ("it comes over a network", _ELSEWHERE),
    "cloud volume": ("the cloud's limit for this volume", "raise the volume's throughput, or use the machine's own NVMe disk"),
    "virtual": ("the hypervisor's limit for this disk", "ask for a faster disk, or put the models on another one"),
    "USB": ("the USB connection", _ELSEWHERE),
    "SD card": ("it is an SD card or eMMC", _ELSEWHERE),
}
_LARGE = 2e9  # bytes; of less, the engine's own start is a good part of the load


def spinning(now: Situation) -> Cause | None:
    """A hard disk. An adapter may call an SSD one, so it must not be faster than any."""
    found = now.disk
    if found is None or (found.gb_s or 0) > FASTEST_SPINNING * max(1, len(found.disks)):
        return None
    slow = [disk for disk in found.disks if disk.spins]
    if not slow:
        return None
    which = " and ".join(named(disk) for disk in slow)
    turns = f", {slow[0].rpm} revolutions a minute" if slow[0].rpm else ""
    said = f"the model lies on a spinning disk, {which}{turns}{_read(now, found)}"
    return Cause("disk-spinning", said, _ELSEWHERE)


def lanes(now: Situation) -> Cause | None:
    """An NVMe on fewer lanes than it has."""
    for disk in now.disk.disks if now.disk else ():
        link = disk.link
        if link is None or link.now is None or link.disk is None or link.now.lanes >= link.disk.lanes:
            continue
        said = f"NVMe {named(disk)} runs on {link.now.lanes} of its {link.disk.lanes} PCIe lanes ({link.gb_s:.1f} GB/s at most)"
        if link.slot and link.slot.lanes < link.disk.lanes:
            fix = f"move it to a slot with {link.disk.lanes} lanes"
            return Cause("disk-link-width", f"{said}: its slot has no more than {link.slot.lanes}", fix)
        fix = "seat it again, and see in the board's manual and setup whether another slot or SATA port takes its lanes"
        return Cause("disk-link-width", said, fix)
    return None


def generation(now: Situation) -> Cause | None:
    """An NVMe on an older PCIe than its own."""
    for disk in now.disk.disks if now.disk else ():
        link = disk.link
        if link is None or link.now is None or link.disk is None or link.now.generation >= link.disk.generation:
            continue
        if link.gb_s >= _FAST_ENOUGH:
            continue
        said = (
            f"NVMe {named(disk)} runs at PCIe {link.now.generation}.0, it could do {link.disk.generation}.0 "
            f"({link.gb_s:.1f} GB/s at most)"
        )
        if link.slot and link.slot.generation < link.disk.generation:
            fix = "move it to a faster slot (mostly the one beside the CPU) if the board has one"
            return Cause("disk-link-generation", f"{said}: its slot does {link.slot.generation}.0", fix)
        fix = "set the slot to its full generation in the board's setup; an adapter or riser between may also hold it back"
        return Cause("disk-link-generation", said, fix)
    return None


def below_link(now: Situation) -> Cause | None:
    """Far less than the link lets pass."""
    found = now.disk
    if found is None or found.gb_s is None or found.link_share is None or found.link_share >= LEAST_SHARE or spinning(now):
        return None
    words = found.disks[0].link.words if len(found.disks) == 1 and found.disks[0].link else "the links"
    lets = "let" if words == "the links" else "lets"
    said = f"the model is read at {found.gb_s:.2f} GB/s, {found.link_share * 100:.0f} % of what {words} {lets} pass"
    why, fix = _likely(found)
    return Cause("disk-below-link", f"{said}; likely: {why}", fix)


def slow(now: Situation) -> Cause | None:
    """As slow as a hard disk, with nothing better known about it; or a load from the disk that was, if nothing else is known."""
    found = now.disk
    if found is None or any(look(now) for look in (spinning, lanes, generation, below_link)):
        return None
    size, load_s = now.benchmark.size_bytes, now.evidence.load_s
    if found.gb_s is None:
        if not (found.cold and load_s and size >= _LARGE and size / load_s / 1e9 < SLOW):
            return None
        said = f"loading took {load_s:.0f} s, {size / load_s / 1e9:.2f} GB/s from the disk"
        return Cause("disk-slow", said, _ELSEWHERE)
    if found.gb_s >= SLOW:
        return None
    why, fix = _likely(found)
    return Cause("disk-slow", f"the model is read at {found.gb_s:.2f} GB/s, no faster than from a hard disk; likely: {why}", fix)


def named(disk: Disk) -> str:
    """Its model where it has one."""
    return f"{disk.name} ({disk.model})" if disk.model else disk.name


def _read(now: Situation, found: DiskRead) -> str:
    if not found.gb_s:
        return ""
    seconds = now.benchmark.size_bytes / found.gb_s / 1e9
    return f", and is read at {found.gb_s:.2f} GB/s: at least {seconds:.0f} s for each load"


def _likely(found: DiskRead) -> tuple[str, str]:
    """Why it reads less than it could, and what to do."""
    if found.file_system in NETWORK_FILE_SYSTEMS:
        return f"it comes over a network ({found.file_system})", _ELSEWHERE
    for disk in found.disks:
        if disk.kind in _BY_KIND:
            return _BY_KIND[disk.kind]
    if (found.highest_gb_s or 0.0) > _UNSTEADY * (found.lowest_gb_s or 0.0):
        return "something else uses it (parts were read at very different speeds)", "see who does with `iotop`, and verify again"
    if "encryption" in found.layers:
        return "decryption", "see with `cryptsetup benchmark` what the CPU decrypts, or keep models on a disk without encryption"
    return "heat, wear, a disk without memory of its own, or other load", "see its health with `smartctl -a`, and verify again"

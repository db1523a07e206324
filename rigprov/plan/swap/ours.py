"""The file that rigprov made: kept, grown by the rule, or set to the user's size. Never while hibernation needs it."""

from rigprov.model.missing import Missing
from rigprov.model.plan import Blocker, Chosen, Decision
from rigprov.plan.case import MIB, Case, gib
from rigprov.plan.swap import where
from rigprov.plan.swap.present import Ours, Present, fits_in_memory
from rigprov.plan.swap.rule import Want
from rigprov.plan.swap.where import Spot

SPARE_MIB = 64  # has to stay free beside a new file
HIBERNATES = "this machine is set up to hibernate into a swap file (resume_offset)"


def file_of(found: Spot, size: Chosen, warnings: tuple[str, ...] = (), blockers: tuple[Blocker, ...] = ()) -> Decision:
    """A swap file of a size at a place."""
    return Decision(
        values={
            "swap_file": Chosen(found.path, found.reason),
            "swap_size_mib": size,
            "swap_method": Chosen(found.method, f"{found.mount.target} is {found.mount.filesystem}"),
        },
        warnings=warnings,
        blockers=blockers,
        reason=f"{gib(int(str(size.value)) * MIB)} in {found.path}",
    )


def as_ruled(case: Case, there: Present, ours: Ours, found: Spot, ruled: Want) -> Decision:
    """Ours, without a word of the user: it grows where the rule wants more and nothing speaks against it. It never shrinks."""
    has = gib(ours.size_mib * MIB)
    if found.path != ours.path:  # the user names another path
        return _set(case, there, found, ours.size_mib, f"{has} as before, moved from {ours.path}")
    if not ruled.lacking(ours.size_mib + there.on_disk_mib, there.zram_mib):
        beside = f" with {gib(there.on_disk_mib * MIB)} of somebody else's beside it" if there.on_disk_mib else ""
        unfinished = "" if ours.active and ours.lasting else "; it is not on, or not at boot yet"
        return file_of(found, Chosen(ours.size_mib, f"the file is there, {has}{beside}{unfinished}: {ruled.reason}"))
    obstacle = _obstacle(case, there, ours, found, ruled.size)
    if obstacle is None:
        grown = f"grows from {has} to {gib(ruled.size * MIB)}: {ruled.reason}"
        return file_of(found, Chosen(ruled.size, grown))
    kept = Chosen(ours.size_mib, f"the file is there and stays at {has}: {obstacle}")
    text = f"swap is too small: {ours.path} has {has}, the rule wants {ruled.reason}; it stays: {obstacle}"
    return file_of(found, kept, (text,))


def _obstacle(case: Case, there: Present, ours: Ours, found: Spot, size: int) -> str | None:
    """Why ours cannot grow now."""
    if there.others:
        missing = max(size - there.on_disk_mib, ours.size_mib)
        return f"there is other swap beside it; `--set swap.size_mib={missing}` grows ours"
    if _hibernates(case) or isinstance(case.facts.swapping.files, Missing):
        return HIBERNATES if _hibernates(case) else "whether rigprov made it is not known"
    if found.cap_mib < size:
        return where.cap_reason(found)
    if _too_large(there, found, size):
        return f"a new file is made before the old one goes, and {gib(found.free)} are free on {found.mount.target}"
    if not fits_in_memory(case.facts, ours.used_mib):
        return _in_use(case, ours)
    return None


def as_told(case: Case, there: Present, found: Spot, size: int) -> Decision:
    """The size that the user set; whatever is somebody else's stays beside it."""
    return _set(case, there, found, size, f"`swap_size_mib` is set to {size}")


def _set(case: Case, there: Present, found: Spot, size: int, why: str) -> Decision:
    ours = there.ours
    same = ours is not None and ours.path == found.path and ours.size_mib == size
    if ours is not None and not same and ours.path == found.path:
        why += f", from {gib(ours.size_mib * MIB)}"
    if there.others:
        why += f"; {', '.join(area.path for area in there.others)} stays beside it"
    blockers = () if same else _blockers(case, there, found, size)
    warnings: tuple[str, ...] = ()
    if not same and not blockers and size > found.cap_mib:
        warnings = (f"swap of {gib(size * MIB)} in {found.path} is more than the rule allows: {where.cap_reason(found)}",)
    return file_of(found, Chosen(size, why), warnings, blockers)


def _blockers(case: Case, there: Present, found: Spot, size: int) -> tuple[Blocker, ...]:
    ours, blockers = there.ours, [*foreign(case, there, found, size)]
    if ours is not None and _hibernates(case):
        fix = f"keep --set swap.size_mib={ours.size_mib}, or take resume_offset out of the kernel's parameters first"
        blockers.append(Blocker("swap-hibernation", f"{HIBERNATES}, so {ours.path} is neither resized nor removed", fix))
    if ours is not None and not fits_in_memory(case.facts, ours.used_mib):
        fix = f"end programs that hold memory, or keep --set swap.size_mib={ours.size_mib}"
        blockers.append(Blocker("swap-in-use", f"{ours.path} cannot be replaced now: {_in_use(case, ours)}", fix))
    if _too_large(there, found, size) and not _adopted(case, there, found, size):
        both = " (a new file is made before the old one goes)" if ours else ""
        message = f"{found.path} of {gib(size * MIB)} does not fit: {gib(found.free)} are free on {found.mount.target}{both}"
        blockers.append(Blocker("swap-room", message, "free space, or set a smaller swap.size_mib, or another swap.file"))
    return tuple(blockers)


def foreign(case: Case, there: Present, found: Spot, size: int) -> tuple[Blocker, ...]:
    """Something of somebody else's at the path, and no swap file of just this size."""
    other = found.path in there.taken or any(area.path == found.path for area in there.others)
    if not other or _adopted(case, there, found, size):
        return ()
    fix = "leave swap.file out, so that rigprov takes a path of its own, or move that one away"
    return (Blocker("swap-foreign", f"{found.path} is there and not made by rigprov, so it is left alone", fix),)


def _adopted(case: Case, there: Present, found: Spot, size: int) -> bool:
    """Somebody else's swap file of just this size at the path that the user named: the role takes it as it is."""
    files = () if isinstance(case.facts.swapping.files, Missing) else case.facts.swapping.files
    known = [round(file.size_bytes / MIB) for file in files if file.path == found.path and file.type == "swap"]
    active = [area.size_mib + 1 for area in there.others if area.path == found.path and not known]
    return size in (*known, *active)


def _too_large(there: Present, found: Spot, size: int) -> bool:
    unfinished = sum(size_bytes for _, size_bytes in there.unfinished)
    return (size + SPARE_MIB) * MIB > found.free + unfinished


def _hibernates(case: Case) -> bool:
    resume = case.facts.swapping.resume
    return not isinstance(resume, Missing) and resume.offset


def _in_use(case: Case, ours: Ours) -> str:
    free = gib(case.facts.memory.available_mib * MIB)
    return f"{gib(ours.used_mib * MIB)} of it are in use, and only {free} of memory are available to take them in"

"""The decision: leave out, keep what is there, make a file, grow ours, or what the user says."""

from rigprov.model.missing import Missing
from rigprov.model.plan import Chosen, Decision
from rigprov.plan.benchmark import Choice
from rigprov.plan.case import MIB, Case, gib
from rigprov.plan.storage import Place
from rigprov.plan.swap import ours, swappiness, where
from rigprov.plan.swap.present import MANAGERS, Present, find, in_words
from rigprov.plan.swap.rule import Want, rounded, want
from rigprov.plan.swap.where import FILE, LEAST_MIB, Spot

NOTHING = Present(None, (), (), (), compressed=False, taken=frozenset(), unfinished=())
AS_IT_IS = "swap stays as it is; only how readily the kernel uses it is set"


def decide(case: Case, place: Place, choice: Choice) -> Decision:
    """Values of the role `swap`, or why it is left out."""
    if reason := where.not_here(case):
        return Decision(skip=reason)
    there = find(case.facts, str(case.wish("swap_file") or FILE))
    wish = case.wish("swap_size_mib")
    if isinstance(there, Missing):
        unread = f"whether there is swap could not be read: {there.reason}"
        if not wish:
            return Decision({"swap_size_mib": Chosen(0, unread)}, reason=AS_IT_IS)
        there = NOTHING  # the role looks for itself, and touches no file but its own
    if wish == 0:
        return _with_swappiness(case, there, _stays("`swap_size_mib` is set to 0"))
    found = where.spot(case, place, choice, there)
    ruled = want(case)
    if wish is None and there.ours is None and (there.others or there.off or there.managers):
        return _with_swappiness(case, there, _kept(case, there, ruled, found))
    if isinstance(found, str):
        return Decision(skip=found)
    if wish is not None:
        decision = ours.as_told(case, there, found, int(str(wish)))
    elif there.ours is not None:
        decision = ours.as_ruled(case, there, there.ours, found, ruled)
    else:
        decision = _new(case, there, found, ruled)
    return decision if decision.skip else _with_swappiness(case, there, decision)


def _stays(reason: str, warnings: tuple[str, ...] = ()) -> Decision:
    return Decision({"swap_size_mib": Chosen(0, reason)}, reason=AS_IT_IS, warnings=warnings)


def _with_swappiness(case: Case, there: Present, decision: Decision) -> Decision:
    """The decision, with how readily the kernel swaps; what is odd about compressed memory goes with it."""
    size = decision.values["swap_size_mib"].value
    disk_after = bool(there.on_disk_mib or size or there.ours)
    chosen, warnings = swappiness.choose(case, there, disk_after=disk_after)
    values = {**decision.values, **({"swap_swappiness": chosen} if chosen else {})}
    all_warnings = (*decision.warnings, *_compressed(there), *warnings)
    if case.environment.kind == "container" and not case.environment.systemd and size:
        all_warnings += (
            "nothing switches the swap file on when this container is started again: no systemd reads its /etc/fstab",
        )
    return Decision(values, blockers=decision.blockers, warnings=all_warnings, reason=decision.reason)


def _compressed(there: Present) -> tuple[str, ...]:
    """Compressed memory that does not serve as it should."""
    found = []
    disks = [area for area in there.others if area.kind != "zram" and area.priority is not None]
    for area in there.zram:
        first = [disk for disk in disks if area.priority is not None and (disk.priority or 0) >= area.priority]
        if first:
            found.append(
                f"{area.path} (zram) has priority {area.priority} and {first[0].path} {first[0].priority}, so the disk is used "
                "first: give zram a priority of 100 where it is set up"
            )
    if there.zram and there.compressed:
        found.append("zram and zswap are both on and compress the same pages twice: switch one off, such as by zswap.enabled=0")
    return tuple(found)


def _kept(case: Case, there: Present, ruled: Want, found: Spot | str) -> Decision:
    """Somebody else's swap stays; where it is too small that is said, with the way out."""
    what = in_words(case.facts, there)
    if not there.others:
        source = f"/etc/fstab names swap that is not on: {', '.join(there.off)}"
        source = source if there.off else f"{' and '.join(there.managers)} sets swap up here, and it is left to that"
        return _stays(source, (f"no swap is on, and rigprov makes none: {source}{_add(case, there, ruled.size, found)}",))
    reason = f"there is swap already and it is kept: {what}"
    short = ruled.lacking(there.on_disk_mib, there.zram_mib)
    if not short:
        return _stays(reason)
    zram = ", of which weights get nothing from compressed memory" if there.zram and ruled.weights else ""
    text = f"swap is too small: {what}{zram}; the rule wants {ruled.reason}"
    return _stays(reason, (text + _add(case, there, short, found),))


def _add(case: Case, there: Present, short: int, found: Spot | str) -> str:
    """The exact ways to more swap, in words that follow a sentence."""
    return ". " + "; or ".join(filter(None, (_beside(short, found), _enlarge(case, there))))


def _beside(short: int, found: Spot | str) -> str:
    if isinstance(found, str):
        return f"No file can be added: {found}"
    size = min(rounded(short, up=True), rounded(found.cap_mib))
    if size < LEAST_MIB:
        return f"No file can be added: {where.cap_reason(found)}"
    return f"`--set swap.size_mib={size}` adds {found.path} ({gib(size * MIB)})"


def _enlarge(case: Case, there: Present) -> str:
    if by := [MANAGERS[name] for name in there.managers]:
        return f"change {' and '.join(by)}"
    resume = case.facts.swapping.resume
    if not isinstance(resume, Missing) and resume.used:
        return "enlarge it by hand (this machine is set up to hibernate into swap, so it must not go)"
    files = [area.path for area in there.others if area.kind == "file"]
    return f"remove the old one (`swapoff {files[0]}`, its line in /etc/fstab, the file) and run again" if files else ""


def _new(case: Case, there: Present, found: Spot, ruled: Want) -> Decision:
    size, cap = ruled.size, rounded(found.cap_mib)
    if cap < LEAST_MIB:
        return Decision(skip=f"{found.mount.target} has too little room: {where.cap_reason(found)}")
    if size <= cap:
        why = "; ".join(filter(None, (ruled.reason, ruled.holds, where.cap_reason(found))))
        return ours.file_of(found, Chosen(size, why), (), ours.foreign(case, there, found, size))
    reason = f"{where.cap_reason(found)}, less than the rule wants: {ruled.reason}"
    lacks = ruled.weights > cap and ruled.model
    warnings = (f"swap of {gib(cap * MIB)} is less than the rule wants for {ruled.model}: {reason}",) if lacks else ()
    return ours.file_of(found, Chosen(cap, reason), warnings, ours.foreign(case, there, found, cap))

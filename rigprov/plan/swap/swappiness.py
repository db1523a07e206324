"""How readily the kernel swaps: the user's word, then that of a file that somebody wrote, then zram's, then low."""

from rigprov.model.missing import Missing
from rigprov.model.plan import Chosen
from rigprov.plan.case import Case
from rigprov.plan.swap.present import Present

OUR_FILE = "/etc/sysctl.d/60-rigprov-swap.conf"
SHIPPED = "/usr/lib/"  # a package's default, which an administrator is meant to override
ZRAM_ALONE, ZRAM_FIRST = 180, 100  # compressed memory is faster than dropping and reading again; a disk behind it is not


def choose(case: Case, present: Present, *, disk_after: bool) -> tuple[Chosen | None, tuple[str, ...]]:
    """The value and warnings. None: the role's own default.

    Args:
        disk_after: whether there is swap on a disk once the plan is carried out.
    """
    known = case.facts.swapping.swappiness
    files = () if isinstance(known, Missing) else tuple(file for file in known.files if file[0] != OUR_FILE)
    last = files[-1] if files and _name(files[-1][0]) > _name(OUR_FILE) else None
    wish = case.wish("swap_swappiness")
    if wish is not None:
        if last and last[1] != wish:
            over = f"swap.swappiness is {wish}, but {last[0]} is read later and sets {last[1]} at boot: change it there"
            return None, (over,)
        return None, ()
    theirs = last or next((file for file in reversed(files) if not file[0].startswith(SHIPPED)), None)
    if theirs:
        return Chosen(theirs[1], f"{theirs[0]} sets it, and stays in force"), _low(present, theirs)
    if present.zram:
        value = ZRAM_FIRST if disk_after else ZRAM_ALONE
        behind = "with swap on a disk behind it" if disk_after else "and no disk behind it"
        return Chosen(value, f"swap goes to compressed memory (zram) first, {behind}"), ()
    return None, ()


def _low(present: Present, theirs: tuple[str, int]) -> tuple[str, ...]:
    if not present.zram or theirs[1] >= ZRAM_FIRST:
        return ()
    return (f"there is zram, and {theirs[0]} sets vm.swappiness to {theirs[1]}: {ZRAM_FIRST} to {ZRAM_ALONE} would use it well",)


def _name(path: str) -> str:
    return path.rpartition("/")[2]

"""Values that the role `swap` refuses on any host, each with what it should be."""

from rigprov.model.plan import Blocker
from rigprov.plan import paths
from rigprov.plan.case import Case

LEAST_MIB, MOST_SWAPPINESS = 16, 200


def wrong(case: Case) -> tuple[Blocker, ...]:
    """One blocker for each."""
    found = []
    path, size, swappiness = (case.wish(f"swap_{name}") for name in ("file", "size_mib", "swappiness"))
    if path is not None and not paths.fit(str(path)):
        message = f"swap.file must be {paths.WORDS}, not {path!r}"
        found.append(Blocker("swap-value", message, "for example --set swap.file=/swapfile"))
    if isinstance(size, int) and size != 0 and size < LEAST_MIB:
        message = f"swap.size_mib must be 0 or at least {LEAST_MIB}, not {size}"
        found.append(Blocker("swap-value", message, "it is in MiB: 8192 makes 8 GiB, and 0 leaves swap as it is"))
    if isinstance(swappiness, int) and not 0 <= swappiness <= MOST_SWAPPINESS:
        message = f"swap.swappiness must be 0 to {MOST_SWAPPINESS}, not {swappiness}"
        found.append(Blocker("swap-value", message, "10 suits a workstation"))
    return tuple(found)

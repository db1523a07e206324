"""The soak: whether the machine keeps its speed when it is warm. Pure."""

from collections.abc import Sequence
from statistics import median

from rigprov.model.proof import Soak
from rigprov.verify.evidence import SoakRun

_FIFTHS = 5


def soak(runs: Sequence[SoakRun]) -> Soak | None:
    """First against last fifth, runs that other load disturbed left out; None where too few remain to compare."""
    quiet = [run for run in runs if not run.disturbed]
    if len(quiet) < _FIFTHS:
        return None
    share = len(quiet) // _FIFTHS
    first, last = median(run.tok_s for run in quiet[:share]), median(run.tok_s for run in quiet[-share:])
    return Soak(seconds=round(runs[-1].at_s, 1), first=round(first, 2), last=round(last, 2), runs=len(quiet))

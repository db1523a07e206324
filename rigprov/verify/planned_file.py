"""What is amiss with a file that is not the planned one, in words. Pure."""

from rigprov.model.plan import PlannedBenchmark
from rigprov.verify.evidence import Evidence


def amiss(benchmark: PlannedBenchmark, evidence: Evidence) -> str:
    """One clause: a web page, a file that was cut off, or just another content."""
    if evidence.looks:
        return evidence.looks
    if evidence.size is not None and evidence.size < benchmark.size_bytes:
        return f"it is cut off: it has {evidence.size} of {benchmark.size_bytes} bytes"
    return f"its sha256 is {evidence.sha256}, planned is {benchmark.sha256}"

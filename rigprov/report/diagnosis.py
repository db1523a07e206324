"""What doctor found, for a person: the layers from the bottom up, the first broken one with evidence and fix."""

from textwrap import wrap

from rigprov.model.diagnosis import Diagnosis, Finding, Layer
from rigprov.report.words import sentence

WIDTH = 110
_TITLES = {
    "pci": "PCI bus", "module": "kernel module", "versions": "versions", "nvml": "NVML", "cuda": "CUDA kernel",
    "container": "container", "model": "model",
}  # fmt: skip
_MARKS = {"broken": "BROKEN"}


def diagnosis_text(found: Diagnosis) -> str:
    """One host."""
    lines = [f"{found.host}: {headline(found)}", ""]
    for layer in found.layers:
        lines += _layer(layer)
    notes = [note for layer in found.layers for note in layer.notes]
    if notes:
        lines += ["", "  notes"]
        for note in notes:
            lines += _finding(note, "    - ")
    return "\n".join(lines) + "\n"


def title(name: str) -> str:
    """A layer in words."""
    return _TITLES.get(name, name)


def headline(found: Diagnosis) -> str:
    """The verdict."""
    if found.broken is not None:
        return f"broken at {title(found.broken.name)}: {found.broken.said}"
    if found.unknown:
        return f"could not tell: {', '.join(title(layer.name) for layer in found.unknown)}"
    unproved = [title(layer.name) for layer in found.layers if layer.state == "not proved"]
    gpu = ", and there is no NVIDIA GPU" if found.layers and found.layers[0].state == "does not apply" else ""
    if unproved:
        return f"nothing is broken{gpu}; not proved: {', '.join(unproved)}"
    return f"every layer that applies is fine{gpu}"


def _layer(layer: Layer) -> list[str]:
    head = f"  {title(layer.name):<15}{_MARKS.get(layer.state, layer.state):<16}"
    lines = _columns(head, "" if layer.state == "not reached" else layer.said)
    for finding in layer.findings:
        if finding is not layer.findings[0]:
            lines += _columns(" " * 17 + "also: ", finding.what)
        lines += _proof(finding, " " * 17)
    if layer.way:
        lines += _columns(" " * 17 + "way: ", layer.way)
    return lines


def _finding(finding: Finding, head: str) -> list[str]:
    return [*_columns(head, sentence(finding.what)), *_proof(finding, " " * len(head))]


def _proof(finding: Finding, indent: str) -> list[str]:
    lines = [f"{indent}| {line}" for line in finding.evidence]  # quoted as it is: it must be found again in the host's logs
    return [*lines, *_columns(f"{indent}fix: ", sentence(finding.fix))]


def _columns(head: str, words: str) -> list[str]:
    """`words` wrapped beside `head`, further lines under the first."""
    indent = " " * len(head)
    lines = wrap(words, max(WIDTH - len(head), 40), break_on_hyphens=False, break_long_words=False) or [""]
    return [(head + lines[0]).rstrip(), *(indent + line for line in lines[1:])]

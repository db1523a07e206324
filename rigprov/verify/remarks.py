"""Remarks on how it was measured: weights, soak, how tokens were counted. Pure."""

from rigprov.verify.elsewhere import elsewhere
from rigprov.verify.evidence import Evidence
from rigprov.verify.soak import soak

_COUNTED = {
    "usage": "tokens counted by the server (`usage`), timed by their arrival on the host",
    "eval_count": "tokens counted and timed by Ollama itself",
}


def of(evidence: Evidence) -> tuple[str, ...]:
    """In the order of the measurement."""
    found = []
    if evidence.weights == "synthetic":
        found.append("synthetic weights: random bits in the shape, formats and size of the real file; the text means nothing")
    if evidence.server_url:
        found.append(f"measured: model {evidence.server_model} of the server at {evidence.server_url}, whose files are not seen")
    if elsewhere(evidence):
        found.append("that server may run on another machine: what this host's GPUs and CPU did explains nothing and is left out")
    if evidence.counted in _COUNTED:
        found.append(_COUNTED[evidence.counted])
    if evidence.reasoning:
        found.append("part of what was decoded was reasoning, which counts")
    if evidence.prompt_reason:
        found.append(f"prompt speed not measured: {evidence.prompt_reason}")
    if evidence.soak and soak(evidence.soak) is None:
        found.append(f"soak not judged: {len(evidence.soak)} runs, too few of them undisturbed")
    if evidence.service_down:
        found.append(f"the service could not be started again: {evidence.service_down}; try `rigprov-llm start`")
    return tuple(found)

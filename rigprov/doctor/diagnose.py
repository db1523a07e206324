"""Walks the layers from the bus up, and stops at the first that is broken. Pure."""

from collections.abc import Callable, Mapping

from rigprov.doctor.layer import does_not_apply, not_reached
from rigprov.doctor.layers import container, cuda, model, module, nvml, pci, versions
from rigprov.doctor.seen import Seen
from rigprov.model.diagnosis import Diagnosis, Layer

JUDGES: Mapping[str, Callable[[Seen], Layer]] = {
    "pci": pci.judge,
    "module": module.judge,
    "versions": versions.judge,
    "nvml": nvml.judge,
    "cuda": cuda.judge,
    "container": container.judge,
    "model": model.judge,
}
_WITHOUT_GPU = ("pci", "model")  # an engine may serve from the CPU


def diagnose(seen: Seen) -> Diagnosis:
    """Every layer of one host."""
    layers: list[Layer] = []
    for name, judge in JUDGES.items():
        below = next((layer.name for layer in layers if layer.state == "broken"), "")
        no_gpu = bool(layers) and layers[0].state == "does not apply"
        if below:
            layers.append(not_reached(name, below))
        elif no_gpu and name not in _WITHOUT_GPU:
            layers.append(does_not_apply(name, "no NVIDIA GPU"))
        else:
            layers.append(judge(seen))
    return Diagnosis(seen.recording.host, tuple(layers))
